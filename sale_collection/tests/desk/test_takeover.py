from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from ..contact.common import ContactCommon


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestTakeover(ContactCommon):
    """The work of a rep who leaves is moved to others, once and for good."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = cls.new_user("third")
        cls.second = cls.env["res.partner"].create({"name": "Second"})
        cls.invoice = cls.create_invoice(
            700, "2026-01-05", "2026-02-05", cls.second, invoice_user_id=cls.rep.id
        )
        cls.own = cls.env["sale.collection.profile"]._for(cls.second)
        (cls.customer | cls.second).user_id = cls.rep
        (cls.profile | cls.own).user_id = cls.rep
        cls.takeovers = cls.env["sale.collection.takeover"]

    @classmethod
    def get_default_groups(cls):
        groups = super().get_default_groups()
        return groups | cls.env.ref("sales_team.group_sale_manager")

    def promise(self, profile=None, **values):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": (profile or self.profile).id,
                "date": date(2026, 3, 10),
                **values,
            }
        )
        promise.action_open()
        return promise

    def dialog(self, user=None, leaver=None, to=None):
        """Return the dialog with its preview."""
        dialogs = self.env["sale.collection.takeover.dialog"]
        dialog = dialogs.with_user(user or self.controller).create(
            {
                "from_user_id": (leaver or self.rep).id,
                "to_user_id": (to or self.peer).id,
            }
        )
        self.assertEqual(dialog.action_preview()["res_id"], dialog.id)
        return dialog

    def take_over(self, *args, **values):
        """Return what was recorded."""
        action = self.dialog(*args, **values).action_apply()
        return self.takeovers.browse(action["res_id"])

    def line(self, dialog, partner):
        return dialog.line_ids.filtered(lambda line: line.partner_id == partner)

    # === WHAT MOVES ===#

    def test_support_that_is_still_to_give_moves(self):
        supports = self.env["sale.collection.promise.support"]
        values = {"promise_id": self.promise(amount=200).id, "user_id": self.rep.id}
        after = supports.create({**values, "cost": 20})
        given = supports.create({**values, "cost": 30, "timing": "before"})
        given.with_user(self.rep).action_give()
        self.assertEqual((after.state, given.state), ("planned", "given"))
        self.take_over()
        self.assertEqual((after.user_id, given.user_id), (self.peer, self.rep))

    def test_all_that_is_open_moves(self):
        promise = self.promise(amount=200)
        dispute = self.create_dispute(user_id=self.rep.id)
        call = self.profile.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.rep.id
        )
        order = self.env["sale.order"].create(
            {"partner_id": self.second.id, "user_id": self.rep.id}
        )
        draft = self.create_invoice(
            10, partner=self.second, post=False, invoice_user_id=self.rep.id
        )
        dialog = self.dialog()
        own = {"profile": 1, "partner": 1}
        # Activities: the call and the one to settle the dispute.
        work = {"promise": 1, "dispute": 1, "activity": 2}
        found = {line.partner_id: line._get_counts() for line in dialog.line_ids}
        self.assertEqual(
            found,
            {
                self.customer: own | work,
                self.second: own | {"order": 1, "draft_invoice": 1},
            },
        )
        takeover = self.takeovers.browse(dialog.action_apply()["res_id"])
        for record in (self.profile, self.own, self.customer, self.second):
            self.assertEqual(record.user_id, self.peer)
        for record in (promise, dispute, call, order, dispute.activity_ids):
            self.assertEqual(record.user_id, self.peer)
        self.assertEqual(draft.invoice_user_id, self.peer)
        moved = {line.partner_id: line.counts for line in takeover.line_ids}
        self.assertEqual(moved, found)
        self.assertRecordValues(
            takeover,
            [
                {
                    "from_user_id": self.rep.id,
                    "user_id": self.controller.id,
                    "date": date(2026, 3, 2),
                    "company_id": self.company.id,
                    "customer_count": 2,
                    "what": "Customers to collect from: 2, Contacts: 2, Orders: 1, "
                    "Draft invoices: 1, Promises: 1, Disputes: 1, Activities: 2",
                }
            ],
        )

    def test_the_past_stays(self):
        kept = self.promise(amount=100)
        kept.sudo().state = "kept"
        closed = self.create_dispute(50, user_id=self.rep.id)
        closed.action_reject()
        talk = self.env["sale.collection.contact"].create(
            {
                "profile_id": self.profile.id,
                "result": "reached",
                "next_date": "2026-03-05",
                "user_id": self.rep.id,
            }
        )
        order = self.env["sale.order"].create(
            {"partner_id": self.second.id, "user_id": self.rep.id, "state": "cancel"}
        )
        self.take_over()
        for record in (kept, closed, talk, order):
            self.assertEqual(record.user_id, self.rep)
        self.assertEqual(self.overdue.invoice_user_id, self.rep)

    def test_work_on_customers_of_others_moves_too(self):
        (self.profile | self.own).user_id = self.third
        (self.customer | self.second).user_id = self.third
        dispute = self.create_dispute(user_id=self.rep.id)
        self.take_over()
        self.assertEqual(dispute.user_id, self.peer)
        self.assertEqual(self.profile.user_id, self.third)
        self.assertEqual(self.customer.user_id, self.third)

    def test_contacts_of_a_customer_stand_with_it(self):
        clerk = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": self.customer.id, "user_id": self.rep.id}
        )
        dialog = self.dialog()
        self.assertEqual(dialog.line_ids.partner_id, self.customer | self.second)
        dialog.action_apply()
        self.assertEqual(clerk.user_id, self.peer)

    # === TO WHOM ===#

    def test_customers_go_to_several_and_some_stay(self):
        stays = self.env["res.partner"].create(
            {"name": "Stays", "user_id": self.rep.id}
        )
        promise = self.promise(amount=200)
        theirs = self.promise(self.own, amount=70)
        dialog = self.dialog()
        self.line(dialog, self.second).to_user_id = self.third
        dialog.line_ids -= self.line(dialog, stays)
        takeover = self.takeovers.browse(dialog.action_apply()["res_id"])
        self.assertEqual(promise.user_id, self.peer)
        self.assertEqual(theirs.user_id, self.third)
        self.assertEqual(self.own.user_id, self.third)
        self.assertEqual(stays.user_id, self.rep)
        self.assertEqual(takeover.to_user_ids, self.peer | self.third)
        self.assertEqual(self.line(takeover, self.second).to_user_id, self.third)

    def test_refused_successors(self):
        other = self.new_user("elsewhere")
        elsewhere = self.setup_other_company()["company"]
        other.company_ids |= elsewhere
        other.company_id = elsewhere
        other.company_ids = elsewhere
        clerk = self.new_user("clerk", "base.group_user")
        gone = self.new_user("gone", active=False)
        for user, words in (
            (self.rep, "somebody else"),
            (clerk, "clerk.*does not work in Collection"),
            (gone, "gone.*does not work in Collection"),
            (other, "elsewhere.*does not work in"),
        ):
            with self.assertRefused(words, UserError):
                self.take_over(to=user)
            dialog = self.dialog()
            dialog.line_ids[:1].sudo().to_user_id = user
            with self.assertRefused(words, UserError):
                dialog.action_apply()
        self.assertEqual(self.profile.user_id, self.rep)
        self.assertFalse(self.takeovers.search([("from_user_id", "=", self.rep.id)]))

    def test_somebody_archived_hands_over(self):
        self.rep.active = False
        self.take_over()
        self.assertEqual(self.profile.user_id, self.peer)

    def test_substitute_has_it_no_more(self):
        self.rep.write(
            {
                "collection_substitute_id": self.third.id,
                "collection_absent_until": "2026-03-31",
            }
        )
        mine = [
            ("user_id", "in", self.profile.with_user(self.third)._get_my_users().ids)
        ]
        profiles = self.env["sale.collection.profile"].with_user(self.third)
        self.assertEqual(profiles.search(mine), self.profile | self.own)
        self.take_over()
        self.assertFalse(profiles.search(mine))
        mine = [("is_my_work", "=", True)]
        peers = profiles.with_user(self.peer).search(mine)
        self.assertEqual(peers, self.profile | self.own)

    # === ONCE, AND ONLY WHAT WAS SHOWN ===#

    def test_twice_moves_nothing_twice(self):
        first, second = self.dialog(), self.dialog(to=self.third)
        first.action_apply()
        with self.assertRefused("nothing of this any more", UserError):
            second.action_apply()
        self.assertEqual(self.profile.user_id, self.peer)
        again = self.dialog()
        self.assertFalse(again.line_ids)
        self.assertTrue(again.is_empty)
        with self.assertRefused("nothing of this any more", UserError):
            again.action_apply()

    def test_what_came_or_went_since_the_preview(self):
        promise = self.promise(amount=200)
        dialog = self.dialog()
        promise.sudo().state = "kept"
        new = self.create_dispute(user_id=self.rep.id)
        takeover = self.takeovers.browse(dialog.action_apply()["res_id"])
        self.assertEqual(promise.user_id, self.rep)
        self.assertEqual(new.user_id, self.rep)
        counts = self.line(takeover, self.customer).counts
        self.assertEqual(counts, {"profile": 1, "partner": 1})

    def test_forged_preview_moves_nothing_of_others(self):
        theirs = self.env["sale.collection.profile"]._for(
            self.env["res.partner"].create({"name": "Third", "user_id": self.third.id})
        )
        dialog = self.dialog()
        line = self.line(dialog, self.customer)
        line.found = {"profile": [theirs.id, self.profile.id], "nothing": [1]}
        dialog.action_apply()
        self.assertEqual(theirs.user_id, self.third)
        self.assertEqual(self.profile.user_id, self.peer)
        self.assertEqual(self.customer.user_id, self.rep)

    def test_as_many_queries_for_many_customers(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.takeovers._collect(self.company, self.rep)
            return self.cr.sql_log_count - before

        def more(number):
            for name in range(number):
                partner = self.env["res.partner"].create(
                    {"name": f"More {name}", "user_id": self.rep.id}
                )
                profile = self.env["sale.collection.profile"]._for(partner)
                profile.activity_schedule(
                    "mail.mail_activity_data_call", user_id=self.rep.id
                )

        more(2)
        count()
        few = count()
        more(12)
        self.assertLessEqual(count(), few + 1)

    # === WHO MAY, AND WHERE ===#

    def test_reps_hand_over_nothing(self):
        with self.assertRaises(AccessError):
            self.dialog(user=self.peer)
        takeover = self.take_over()
        with self.assertRaises(AccessError):
            takeover.with_user(self.peer).read(["what"])
        for values in ({"user_id": self.rep.id}, {"date": "2020-01-01"}):
            with self.assertRaises(AccessError):
                takeover.with_user(self.controller).write(values)
        with self.assertRaises(AccessError):
            takeover.with_user(self.controller).unlink()
        self.assertTrue(takeover.with_user(self.accountant).what)

    def test_only_the_company_one_works_in(self):
        other = self.setup_other_company()["company"]
        self.rep.company_ids |= other
        there = self.env["sale.collection.profile"].with_company(other)
        there = there._for(self.customer)
        there.user_id = self.rep
        order = (
            self.env["sale.order"]
            .with_company(other)
            .create({"partner_id": self.second.id, "user_id": self.rep.id})
        )
        self.take_over()
        self.assertEqual(self.profile.user_id, self.peer)
        self.assertEqual(self.second.user_id, self.peer)
        self.assertEqual(there.user_id, self.rep)
        self.assertEqual(order.user_id, self.rep)
        # Its salesperson is one for all companies, and collects there still.
        self.assertEqual(self.customer.user_id, self.rep)
        dialog = self.env["sale.collection.takeover.dialog"]
        dialog = dialog.with_user(self.controller).create(
            {"from_user_id": self.rep.id, "to_user_id": self.peer.id}
        )
        dialog.sudo().company_id = other
        with self.assertRaises(AccessError):
            dialog.action_preview()

    def test_people_of_a_branch(self):
        """Profiles serve the branches; orders of the root are not theirs."""
        branch = self.env["res.company"].sudo()
        branch = branch.create({"name": "Branch", "parent_id": self.company.id})
        (self.rep | self.peer).sudo().company_ids |= branch
        self.controller.sudo().write(
            {"company_ids": [Command.set(branch.ids)], "company_id": branch.id}
        )
        orders = self.env["sale.order"].sudo()
        here, root = (
            orders.with_company(company).create(
                {"partner_id": self.customer.id, "user_id": self.rep.id}
            )
            for company in (branch, self.company)
        )
        self.env.flush_all()
        self.env.invalidate_all()
        dialogs = self.env["sale.collection.takeover.dialog"]
        dialogs = dialogs.with_user(self.controller).with_company(branch)
        dialogs = dialogs.with_context(allowed_company_ids=branch.ids)
        dialog = dialogs.create(
            {"from_user_id": self.rep.id, "to_user_id": self.peer.id}
        )
        dialog.action_preview()
        dialog.action_apply()
        self.assertEqual(self.profile.user_id, self.peer)
        self.assertEqual(here.user_id, self.peer)
        self.assertEqual(root.user_id, self.rep)

    def test_one_entry_in_the_decision_log(self):
        takeover = self.take_over()
        self.env.flush_all()
        decisions = self.env["sale.collection.decision"]
        row = decisions.with_user(self.controller).search([("kind", "=", "takeover")])
        row = row.filtered(lambda one: one.res_id == takeover.id)
        self.assertRecordValues(
            row,
            [
                {
                    "user_id": self.controller.id,
                    "decided_on": date(2026, 3, 2),
                    "company_id": self.company.id,
                    "partner_id": False,
                    "state": "accepted",
                }
            ],
        )
        names = f"{self.rep.name} → {self.peer.name}"
        self.assertEqual(
            row.what,
            f"{names}, customers: 2. Customers to collect from: 2, Contacts: 2",
        )
        self.assertEqual(row.action_open()["res_id"], takeover.id)
        rep = decisions.with_user(self.peer)
        self.assertFalse(rep.search([("kind", "=", "takeover")]))

    def test_from_the_form_of_a_user(self):
        action = self.rep.with_user(self.controller).action_collection_hand_over()
        dialogs = self.env[action["res_model"]].with_user(self.controller)
        with Form(dialogs.with_context(**action["context"])) as form:
            self.assertEqual(form.from_user_id, self.rep)
            form.to_user_id = self.peer
        form.record.action_preview()
        self.assertEqual(form.record.line_ids.partner_id, self.customer | self.second)
