from datetime import date

from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .test_promise import TODAY, PromiseCommon

IN_TIME = "2026-03-02"
LATE = "2026-03-14"


@tagged("post_install", "-at_install")
class TestSupport(PromiseCommon):
    """What we give so that a promise is kept, before the payment or after it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.peer, cls.manager, cls.auditor = cls.new_users(
            "support",
            rep="sale_collection.group_user",
            peer="sale_collection.group_user",
            manager="sale_collection.group_manager",
            auditor="account.group_account_readonly",
        )
        cls.customer.user_id = cls.rep
        cls.profile.sudo().user_id = cls.rep
        cls.supports = cls.env["sale.collection.promise.support"]
        cls.report = cls.env["sale.collection.support.report"]

    def support(self, promise, user=None, **values):
        return self.supports.with_user(user or self.rep).create(
            {"promise_id": promise.id, "cost": 50, **values}
        )

    def agree(self, amount=1000, timing="after", invoices=None, **values):
        """Return a promise of a rep with support of 50."""
        promise = self.promises.with_user(self.rep).create(
            {
                "profile_id": self.profile.id,
                "amount": amount,
                "date": "2026-03-10",
                "line_ids": self.receivable_lines(
                    invoices or self.create_invoice(amount)
                ).ids,
                "support_ids": [Command.create({"timing": timing, "cost": 50})],
                **values,
            }
        )
        promise.action_open()
        return promise

    # === WHAT BECOMES OF IT ===#

    def test_after_and_kept(self):
        invoice = self.create_invoice(1000)
        promise = self.agree(invoices=invoice)
        support = promise.support_ids
        self.assertRecordValues(
            support,
            [
                {
                    "state": "planned",
                    "user_id": self.rep.id,
                    "date_due": date(2026, 3, 10),
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                }
            ],
        )
        with self.assertRaisesRegex(UserError, "is now: Agreed"):
            support.action_give()
        payment = self.pay(invoice, 1000, IN_TIME)
        self.evaluate(IN_TIME)
        self.assertEqual((promise.state, support.state), ("kept", "released"))
        self.assertEqual(support.activity_ids.user_id, self.rep)
        self.assertEqual(support.activity_ids.date_deadline, date(2026, 3, 10))
        payment._collection_receivable_lines().remove_move_reconcile()
        self.evaluate(IN_TIME)
        self.assertEqual((promise.state, support.state), ("open", "planned"))
        self.assertFalse(support.activity_ids)
        self.pay(invoice, 1000, IN_TIME)
        self.evaluate(IN_TIME)
        support.action_give()
        self.assertEqual((support.state, support.given_on), ("given", TODAY))
        self.assertFalse(support.activity_ids)

    def test_after_and_broken(self):
        for paid, state in ((0, "broken"), (400, "partial")):
            with self.subTest(paid=paid):
                invoice = self.create_invoice(1000)
                promise = self.agree(invoices=invoice)
                if paid:
                    self.pay(invoice, paid, IN_TIME)
                self.evaluate(LATE)
                self.assertEqual(promise.state, state)
                self.assertEqual(promise.support_ids.state, "forfeited")
                with self.assertRaisesRegex(UserError, "is now: Forfeited"):
                    promise.support_ids.action_give()

    def test_before(self):
        """To give at once; what was given is gone when the promise is broken."""
        promise = self.agree(timing="before")
        support = promise.support_ids
        self.assertEqual((support.state, support.date_due), ("released", TODAY))
        self.assertEqual(support.activity_ids.user_id, self.rep)
        other = self.support(promise, timing="before", kind="goods")
        support.action_give()
        self.evaluate(LATE)
        self.assertEqual(promise.state, "broken")
        self.assertEqual((support.state, other.state), ("given", "forfeited"))
        self.assertFalse(other.activity_ids)

    def test_taken_back_with_the_promise(self):
        cancelled, replaced = self.agree(), self.agree()
        cancelled.action_cancel()
        self.assertEqual(cancelled.support_ids.state, "cancelled")
        self.agree(1000, invoices=replaced.sudo().line_ids.move_id)
        self.assertEqual(replaced.state, "superseded")
        self.assertEqual(replaced.support_ids.state, "cancelled")

    # === RULES ===#

    def test_agreed_while_the_promise_stands(self):
        promise = self.agree()
        support = promise.support_ids
        support.cost = 80
        promise.write({"support_ids": [Command.update(support.id, {"cost": 90})]})
        self.assertEqual(support.cost, 90)
        self.evaluate(LATE)
        with self.assertRaisesRegex(ValidationError, "is closed"):
            support.cost = 1
        with self.assertRaisesRegex(ValidationError, "is closed"):
            self.support(promise)
        with self.assertRaisesRegex(ValidationError, "is closed"):
            support.unlink()
        support.note = "He wanted two of them"
        support.user_id = self.manager
        self.assertEqual(support.user_id, self.manager)

    def test_given_stays_on_record(self):
        support = self.agree(timing="before").support_ids
        support.action_give()
        for change in (
            lambda: support.write({"note": "Never"}),
            lambda: support.write({"cost": 1}),
            support.unlink,
            support.action_give,
        ):
            with self.assertRaises(UserError):
                change()
        self.assertEqual(support.cost, 50)

    def test_what_clients_make_up(self):
        promise = self.agree()
        support = self.support(promise, state="given", given_on="2026-03-01")
        self.assertEqual((support.state, support.given_on), ("planned", False))
        support.write({"state": "released"})
        self.assertEqual(support.state, "planned")
        other = self.supports.with_user(self.rep).with_context(default_state="given")
        other = other.create({"promise_id": promise.id, "cost": 1})
        self.assertEqual(other.state, "planned")
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            with self.cr.savepoint():
                self.support(promise, cost=-1)

    def test_not_for_standing_promises(self):
        with self.assertRaisesRegex(ValidationError, "one payment or a plan"):
            self.promises.create(
                {
                    "profile_id": self.profile.id,
                    "kind": "standing",
                    "amount": 100,
                    "first_date": "2026-03-10",
                    "support_ids": [Command.create({"cost": 5})],
                }
            )

    def test_only_the_owner_gives(self):
        promise = self.agree(timing="before")
        support = promise.support_ids
        support.user_id = self.manager
        self.assertEqual(support.activity_ids.user_id, self.manager)
        with self.assertRaisesRegex(AccessError, "notes that support was given"):
            support.action_give()
        with self.assertRaisesRegex(AccessError, "names another owner"):
            support.user_id = self.env.user
        support.with_user(self.manager).action_give()
        self.assertEqual(support.state, "given")

    def test_customers_of_others(self):
        promise = self.agree()
        support = promise.support_ids
        self.assertFalse(self.supports.with_user(self.peer).search([]))
        with self.assertRaises(AccessError):
            self.support(promise, self.peer)
        with self.assertRaises(AccessError):
            support.with_user(self.peer).cost = 1
        self.assertEqual(support.with_user(self.auditor).cost, 50)
        with self.assertRaises(AccessError):
            support.with_user(self.auditor).action_give()

    def test_another_company(self):
        other = self.setup_other_company()["company"]
        theirs = self.new_user("support_there", "sale_collection.group_manager")
        theirs.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        support = self.agree(timing="before").support_ids
        self.assertFalse(self.supports.with_user(theirs).search([]))
        with self.assertRaises(AccessError):
            support.with_user(theirs).action_give()

    def test_in_the_form(self):
        self.create_invoice(1000)
        form = Form(
            self.promises.with_user(self.rep).with_context(
                default_profile_id=self.profile.id
            )
        )
        form.date = "2026-03-10"
        with form.support_ids.new() as line:
            line.kind = "goods"
            line.cost = 20
            self.assertEqual(line.date_due, date(2026, 3, 10))
        promise = form.save()
        promise.action_open()
        self.assertEqual(promise.support_ids.state, "planned")

    def log_promise(self, user=None, **values):
        """Save a talk that ended with a promise for 10 March; return the promise."""
        user = user or self.rep
        log = self.env["sale.collection.contact.log"].with_user(user)
        log = log.create(
            {
                "profile_id": self.profile.id,
                "type": "call",
                "result": "promised",
                "next_date": "2026-03-10",
                **values,
            }
        )
        log.action_save()
        return self.profile.sudo().contact_ids.sorted("id")[-1:].promise_id

    def test_in_the_log_of_a_talk(self):
        self.create_invoice(1000)
        action = self.profile.with_user(self.rep)._open_contact_log()
        logs = self.env[action["res_model"]].with_user(self.rep)
        form = Form(logs.with_context(**action["context"]))
        with self.assertRaises(AssertionError):
            form.support_kind = "goods"  # nothing is promised
        form.result = "promised"
        form.next_date = "2026-03-10"
        with self.assertRaises(AssertionError):
            form.support_cost = 20  # nothing is given for it
        form.support_kind = "goods"
        form.support_cost = 20
        form.support_note = "Two pallets"
        form.save().action_save()
        promise = self.profile.contact_ids.promise_id
        self.assertRecordValues(
            promise.support_ids,
            [
                {
                    "kind": "goods",
                    "cost": 20,
                    "timing": "after",
                    "note": "Two pallets",
                    "state": "planned",
                    "user_id": self.rep.id,
                    "date_due": date(2026, 3, 10),
                }
            ],
        )

    def test_of_a_talk_before_the_payment(self):
        self.create_invoice(1000)
        support = self.log_promise(
            support_kind="rebate", support_cost=30, support_timing="before"
        ).support_ids
        self.assertEqual(
            (support.state, support.cost, support.date_due), ("released", 30, TODAY)
        )
        self.assertEqual(support.activity_ids.user_id, self.rep)

    def test_of_a_talk_only_with_a_promise(self):
        self.create_invoice(1000)
        self.assertFalse(self.log_promise().support_ids)
        self.log_promise(result="no_answer", support_kind="rebate", support_cost=30)
        self.assertFalse(self.supports.sudo().search([]))

    def test_of_a_talk_as_on_the_promise(self):
        """Whose customer it is not, and who only reads, agree on nothing."""
        self.create_invoice(1000)
        for user in (self.peer, self.auditor):
            with self.assertRaises(AccessError):
                self.log_promise(user, support_kind="rebate", support_cost=30)
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            with self.cr.savepoint():
                self.log_promise(support_kind="rebate", support_cost=-1)
        self.assertFalse(self.supports.sudo().search([]))

    # === REPORT ===#

    def read_report(self, *groups):
        """Return rows of (group, money, with support, share, cost, money per cost)."""
        self.env.flush_all()
        return self.report._read_group(
            [("partner_id", "=", self.customer.id)],
            groups,
            [
                "amount:sum",
                "amount_supported:sum",
                "supported_share:avg",
                "cost:sum",
                "money_per_cost:avg",
            ],
        )

    def test_report(self):
        """Of 4,000 that came 1,000 came with support of 50: a quarter, 20 for 1."""
        self.pay(self.create_invoice(3000), 3000, "2026-03-01")
        invoice = self.create_invoice(1000)
        self.agree(invoices=invoice)
        self.env.cr.flush()
        self.assertEqual(self.read_report(), [(3000, 0, 0, 0, False)])
        self.pay(invoice, 1000, IN_TIME)
        self.evaluate(IN_TIME)
        self.assertEqual(self.read_report(), [(4000, 1000, 0.25, 50, 20)])

    def test_report_of_money_in_time(self):
        """300 before the promise and 200 after the grace came without it."""
        invoice = self.create_invoice(1000)
        self.pay(invoice, 300, "2026-02-20")
        promise = self.agree(700, "before", invoice)
        promise.support_ids.action_give()
        self.pay(invoice, 500, IN_TIME)
        self.pay(invoice, 200, LATE)
        self.evaluate("2026-03-20")
        self.assertEqual(self.read_report(), [(1000, 500, 0.5, 50, 10)])

    def test_report_by_kind(self):
        """Two kinds share 1,000 by their cost of 50 and 150; the lost one is none."""
        invoice, lost = self.create_invoice(1000), self.create_invoice(600)
        promise = self.agree(invoices=invoice, timing="before")
        self.support(promise, kind="goods", cost=150, timing="before")
        self.agree(600, invoices=lost)
        self.pay(invoice, 1000, IN_TIME)
        self.evaluate(LATE)
        self.assertEqual(
            self.read_report("kind"),
            [
                ("goods", 750, 750, 1, 150, 5),
                ("rebate", 250, 250, 1, 50, 5),
            ],
        )

    def test_report_of_a_bare_rep(self):
        invoice = self.create_invoice(1000)
        self.agree(invoices=invoice, timing="before")
        self.pay(invoice, 1000, IN_TIME)
        self.env.flush_all()
        self.assertTrue(self.report.with_user(self.rep).search([]))
        self.assertFalse(self.report.with_user(self.peer).search([]))
