from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import format_date, mute_logger

from ..common import CollectionCommon

NOTED = "odoo.addons.sale_collection.models.ledger.account_move_line"
TODAY = date(2026, 3, 2)
DUE = date(2026, 1, 30)
LATER = date(2026, 3, 31)
LATEST = date(2026, 4, 30)


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestExtension(CollectionCommon):
    """The due date of a posted instalment: asked for, moved by hand, judged by."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep = cls.new_user("ext_rep", "sale_collection.group_user")
        controller = "sale_collection.group_credit_controller"
        cls.controller = cls.new_user("ext_controller", controller)
        cls.second = cls.new_user("ext_second", controller)
        cls.clerk = cls.new_user("ext_clerk", "account.group_account_invoice")
        cls.company.collection_controller_id = cls.controller
        cls.customer.user_id = cls.rep
        cls.extensions = cls.env["sale.collection.extension"]
        cls.invoice = cls.create_invoice(due=DUE)
        cls.line = cls.receivable_lines(cls.invoice)

    def setUp(self):
        super().setUp()
        self.commit()

    def commit(self):
        """Do what the end of a transaction does."""
        self.env.flush_all()
        self.cr.precommit.run()
        self.env.invalidate_all()

    def find(self, invoice=None):
        self.commit()
        return self.extensions.search(
            [("move_id", "=", (invoice or self.invoice).id)], order="id"
        )

    def ask(self, line=None, new_date=LATER, user=None, **values):
        """Return the request made in the dialog for one instalment."""
        self.commit()
        env = self.env(user=user or self.rep)
        items = env["sale.collection.open.item"].browse((line or self.line).ids)
        action = items.action_extend()
        dialog = Form(env[action["res_model"]].with_context(**action["context"]))
        for name, value in {
            "new_date": new_date,
            "reason": "Flood in the warehouse",
            **values,
        }.items():
            setattr(dialog, name, value)
        dialog.save().action_ask()
        return self.extensions.sudo(False).search([], order="id desc", limit=len(items))

    def move_by_hand(self, day, line=None, user=None):
        (line or self.line).with_user(user or self.clerk).date_maturity = day
        self.commit()

    def approve(self, extension, user=None):
        extension.with_user(user or self.controller).action_approve()
        self.commit()

    def pay_and_read(self, amount, day, invoice=None):
        """Return (due date, days late) of the row of a payment."""
        known = self.receipts.search([])
        self.pay(invoice or self.invoice, amount, day)
        self.commit()
        row = self.receipts.search([]) - known
        return row.due_date, row.days_late

    # === BEHIND THE LOCK DATE ===#

    def test_behind_the_lock_date(self):
        """Lock dates stop no due date: what is agreed moves it, the rest is noted."""
        locks = ("fiscalyear_lock_date", "sale_lock_date", "hard_lock_date")
        invoices = [self.create_invoice(due=DUE) for _lock in locks]
        self.commit()
        for lock, invoice in zip(locks, invoices, strict=True):
            line = self.receivable_lines(invoice)
            self.company.sudo()[lock] = "2026-02-28"
            with self.subTest(lock):
                self.assertLessEqual(invoice.date, self.company[lock])
                extension = self.ask(line)
                self.approve(extension)
                self.assertEqual(
                    (extension.state, line.date_maturity), ("approved", LATER)
                )
                self.move_by_hand(LATEST, line)
                self.assertEqual(line.date_maturity, LATEST)
                self.assertRecordValues(
                    self.find(invoice) - extension,
                    [
                        {
                            "state": "unapproved",
                            "old_date": LATER,
                            "new_date": LATEST,
                            "user_id": self.clerk.id,
                        }
                    ],
                )

    # === ASKED FOR ===#

    def test_asked_and_approved(self):
        """30 January to 31 March: lists follow, the customer stays 31 days late."""
        extension = self.ask()
        self.assertRecordValues(
            extension,
            [
                {
                    "line_id": self.line.id,
                    "old_date": DUE,
                    "new_date": LATER,
                    "state": "requested",
                    "amount": 1000,
                    "user_id": self.rep.id,
                    "date": TODAY,
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertEqual(self.line.date_maturity, DUE)
        self.assertEqual(extension.activity_ids.user_id, self.controller)
        self.approve(extension)
        self.assertEqual(extension.state, "approved")
        self.assertEqual(extension.decided_by_id, self.controller)
        self.assertEqual(extension.decided_on, TODAY)
        self.assertFalse(extension.activity_ids)
        told = extension.message_ids.filtered("partner_ids")
        self.assertEqual(told.partner_ids, self.rep.partner_id)
        self.assertIn("Approved: due on 03/31/2026", told.body)
        self.assertEqual(self.line.date_maturity, LATER)
        self.assertEqual(self.invoice.invoice_date_due, LATER)
        self.assertEqual(self.line._get_judged_due(), DUE)
        self.assertEqual(len(self.find()), 1)
        self.assertEqual(self.pay_and_read(400, "2026-03-02"), (DUE, 31))

    def test_approved_as_the_due_date(self):
        extension = self.ask(as_due_date=True)
        early = self.pay_and_read(100, "2026-03-02")
        self.assertEqual(early, (DUE, 31))
        first = self.receipts.search([("line_ref", "=", self.line.id)])
        self.approve(extension)
        self.assertEqual(self.line._get_judged_due(), LATER)
        self.assertEqual(self.pay_and_read(400, "2026-04-02"), (LATER, 2))
        self.assertEqual((first.due_date, first.days_late), (DUE, 31))

    def test_controller_makes_it_the_due_date(self):
        extension = self.ask()
        extension.with_user(self.controller).as_due_date = True
        self.approve(extension)
        self.assertEqual(self.line._get_judged_due(), LATER)
        with self.assertRaises(AccessError):
            extension.with_user(self.controller).as_due_date = False

    def test_several_at_once_make_one_activity(self):
        other = self.create_invoice(500, due=DUE)
        lines = self.line + self.receivable_lines(other)
        extensions = self.ask(lines)
        self.assertEqual(len(extensions), 2)
        self.assertEqual(len(extensions.activity_ids), 1)
        first = extensions.filtered("activity_ids")
        self.approve(first)
        self.assertEqual(len((extensions - first).activity_ids), 1)
        self.approve(extensions)
        self.assertFalse(extensions.activity_ids)
        self.assertEqual(set(lines.mapped("date_maturity")), {LATER})

    def test_from_the_invoice(self):
        action = self.invoice.with_user(self.controller).action_collection_extend()
        self.assertEqual(action["res_model"], "sale.collection.extension.ask")
        given = action["context"]["default_item_ids"]
        self.assertEqual(given, [Command.set(self.line.ids)])
        self.pay(self.invoice)
        self.commit()
        with self.assertRaisesRegex(UserError, "Nothing is left to pay"):
            self.invoice.with_user(self.controller).action_collection_extend()

    def test_what_cannot_be_asked_for(self):
        for day in (DUE, TODAY - timedelta(days=1)):
            with self.assertRaisesRegex(UserError, "New due date"):
                self.ask(new_date=day)
        self.ask()
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught:
            with self.cr.savepoint():
                self.ask(new_date=LATEST)
        self.assertIn("sale_collection_extension", str(caught.exception))
        self.assertEqual(len(self.find()), 1)

    def test_rejected_with_a_reason(self):
        extension = self.ask()
        mine = extension.with_user(self.controller)
        with self.assertRaisesRegex(UserError, "Say why"):
            mine.action_reject(" ")
        action = mine.action_ask_why()
        dialog = Form(
            self.env[action["res_model"]]
            .with_user(self.controller)
            .with_context(**action["context"])
        )
        dialog.reason = "They have the money"
        dialog.save().action_reject()
        self.assertEqual(extension.state, "rejected")
        self.assertEqual(self.line.date_maturity, DUE)
        message = extension.message_ids[:1]
        self.assertIn("They have the money", message.body)
        self.assertEqual(message.partner_ids, self.rep.partner_id)
        self.assertEqual(self.ask().state, "requested")

    # === AN HOUR LATER ===#

    def test_paid_meanwhile(self):
        extension = self.ask()
        self.pay(self.invoice)
        self.commit()
        with self.assertRaisesRegex(UserError, "Nothing is open .* any more"):
            self.approve(extension)
        self.assertEqual(extension.state, "requested")

    def test_moved_meanwhile(self):
        extension = self.ask()
        self.move_by_hand(LATEST)
        with self.assertRaisesRegex(UserError, "was moved to"):
            self.approve(extension)
        self.assertEqual(self.line.date_maturity, LATEST)

    def test_decided_meanwhile(self):
        extension = self.ask()
        self.approve(extension)
        extension.with_user(self.second).action_approve()
        extension.with_user(self.second).action_reject("Too late")
        self.assertEqual(extension.state, "approved")
        self.assertEqual(extension.decided_by_id, self.controller)

    # === MOVED BY HAND ===#

    def test_due_date_written_by_a_clerk(self):
        self.move_by_hand(LATER)
        extension = self.find()
        self.assertRecordValues(
            extension,
            [
                {
                    "line_id": self.line.id,
                    "old_date": DUE,
                    "new_date": LATER,
                    "state": "unapproved",
                    "user_id": self.clerk.id,
                    "judged_date": DUE,
                    "amount": 1000,
                }
            ],
        )
        self.assertEqual(extension.activity_ids.user_id, self.controller)
        self.assertEqual(self.pay_and_read(400, "2026-03-02"), (DUE, 31))
        self.move_by_hand(LATEST)
        self.assertEqual(self.find(), extension)
        self.assertEqual(extension.new_date, LATEST)
        self.move_by_hand(DUE)
        self.assertEqual(extension.state, "over")
        self.assertFalse(extension.activity_ids)

    def test_due_date_of_the_invoice(self):
        self.invoice.with_user(self.clerk).invoice_date_due = LATER
        extension = self.find()
        self.assertEqual(extension.state, "unapproved")
        self.assertEqual((extension.old_date, extension.new_date), (DUE, LATER))
        self.assertEqual(extension.user_id, self.clerk)

    def test_payment_term_of_a_posted_invoice(self):
        """Core refuses it; an addon that allows it makes new instalments."""
        term = self.create_term(90)
        with self.assertRaises(UserError):
            self.invoice.invoice_payment_term_id = term
        invoice = self.invoice.with_context(skip_readonly_check=True)
        invoice.invoice_payment_term_id = term
        self.commit()
        line = self.receivable_lines(self.invoice)
        due = date(2026, 4, 1)
        self.assertEqual(line.date_maturity, due)
        extension = self.find()
        self.assertEqual(extension.line_id, line)
        self.assertEqual((extension.old_date, extension.new_date), (DUE, due))
        self.assertEqual(self.pay_and_read(400, "2026-03-02"), (DUE, 31))

    def create_term(self, *days):
        part = 100 / len(days)
        return self.env["account.payment.term"].create(
            {
                "name": f"Days {days}",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": part, "nb_days": end}
                    )
                    for end in days
                ],
            }
        )

    def test_drafted_and_posted_again(self):
        self.invoice.button_draft()
        self.commit()
        self.invoice.invoice_date_due = LATER
        self.commit()
        self.assertFalse(self.find())
        self.invoice.action_post()
        extension = self.find()
        self.assertEqual(extension.state, "unapproved")
        self.assertEqual((extension.old_date, extension.new_date), (DUE, LATER))

    def test_drafted_for_other_terms(self):
        """Two instalments of 500 made of one of 1,000 both stand for that one."""
        self.invoice.button_draft()
        self.invoice.invoice_payment_term_id = self.create_term(29, 90)
        self.invoice.action_post()
        extension = self.find()
        self.assertEqual(len(self.receivable_lines(self.invoice)), 2)
        self.assertEqual(extension.line_id, self.receivable_lines(self.invoice)[1])
        self.assertEqual(extension.old_date, DUE)
        self.assertEqual(extension.new_date, date(2026, 4, 1))

    def test_agreed_date_outlives_the_instalment(self):
        self.approve(self.ask(as_due_date=True))
        extension = self.find()
        self.invoice.button_draft()
        self.invoice.invoice_payment_term_id = self.create_term(60)
        self.commit()
        self.invoice.action_post()
        self.commit()
        line = self.receivable_lines(self.invoice)
        self.assertEqual(line._get_judged_due(), LATER)
        moved = self.find() - extension
        self.assertEqual((moved.old_date, moved.state), (LATER, "unapproved"))

    def test_agreed_date_outlives_a_split(self):
        """Both halves of what got more time count from the day it was due first."""
        self.approve(self.ask())
        self.invoice.button_draft()
        self.invoice.invoice_payment_term_id = self.create_term(60, 90)
        self.invoice.action_post()
        self.commit()
        lines = self.receivable_lines(self.invoice)
        self.assertEqual(
            lines.mapped("date_maturity"), [date(2026, 3, 2), date(2026, 4, 1)]
        )
        self.assertEqual([line._get_judged_due() for line in lines], [DUE, DUE])
        # Agreed once, and two moves since.
        self.assertEqual(self.log_states(), ["open", "open", "accepted"])

    def log_states(self):
        decisions = self.env["sale.collection.decision"].with_user(self.controller)
        rows = decisions.search([("kind", "=", "due_date")])
        return rows.mapped("state")

    def split(self, *days):
        """Return the extensions of an invoice moved without asking and split since.

        :param days: from invoice date to due date of each instalment
        """
        self.move_by_hand(LATER)
        self.invoice.button_draft()
        self.invoice.invoice_payment_term_id = self.create_term(*days)
        self.invoice.action_post()
        self.receivable_lines(self.invoice).date_maturity = LATER
        return self.find()

    def test_one_decision_on_both_halves(self):
        """Moved without asking and split since: one row, and one click, for both."""
        both = self.split(89, 90)
        lines = self.receivable_lines(self.invoice)
        extension = both.filtered(lambda one: not one.origin_id)
        self.assertEqual(both.mapped("state"), ["unapproved", "unapproved"])
        self.assertEqual(both.line_id, lines)
        self.assertEqual((both - extension).origin_id, extension)
        self.assertEqual(self.log_states(), ["open"])
        self.approve(extension)
        self.assertEqual(both.mapped("state"), ["approved", "approved"])
        self.assertEqual(self.log_states(), ["accepted"])

    def test_a_decision_on_a_copy_is_one_on_all(self):
        """Whichever of the parts is clicked on, the others are decided with it."""
        parts = self.split(87, 88, 89, 90)
        copies = parts.filtered("origin_id")
        origin = parts - copies
        self.assertEqual((len(copies), copies.origin_id), (3, origin))
        self.approve(copies[0])
        lines = self.receivable_lines(self.invoice)
        self.assertRecordValues(
            parts,
            [
                {
                    "state": "approved",
                    "decided_by_id": self.controller.id,
                    "decided_on": TODAY,
                    "is_current": True,
                }
            ]
            * 4,
        )
        self.assertEqual(set(lines.mapped("date_maturity")), {LATER})
        self.assertEqual(self.log_states(), ["accepted"])

    def test_a_rejected_copy_moves_all_parts_back(self):
        parts = self.split(87, 88, 89, 90)
        copy = parts.filtered("origin_id")[0]
        copy.with_user(self.controller).action_reject("Not agreed")
        self.commit()
        self.assertEqual(parts.mapped("state"), ["rejected"] * 4)
        lines = self.receivable_lines(self.invoice)
        self.assertEqual(lines.mapped("date_maturity"), [one.old_date for one in parts])
        self.assertEqual(set(lines.mapped("date_maturity")), {DUE})
        self.assertEqual(self.log_states(), ["rejected"])

    def test_who_moved_it_decides_on_no_copy(self):
        parts = self.split(89, 90)
        parts.sudo().user_id = self.controller
        with self.assertRaises(AccessError):
            self.approve(parts.filtered("origin_id"))
        self.approve(parts.filtered("origin_id"), self.second)
        self.assertEqual(parts.mapped("state"), ["approved"] * 2)

    def test_half_moved_on_is_decided_by_itself(self):
        lines = self.split(89, 90).line_id
        self.move_by_hand(LATEST, lines[1])
        self.assertFalse(self.find().origin_id)
        self.assertEqual(self.log_states(), ["open", "open"])

    def test_nothing_moved_nothing_noted(self):
        self.invoice.button_draft()
        self.commit()
        self.invoice.action_post()
        self.line.date_maturity = DUE
        draft = self.create_invoice(post=False)
        draft.invoice_date_due = LATER
        draft.action_post()
        self.assertFalse(self.find() + self.find(draft))
        self.assertFalse(self.env["sale.collection.schedule"].search([]))
        refund = self.create_invoice(move_type="out_refund")
        self.receivable_lines(refund).date_maturity = LATER
        self.assertFalse(self.find(refund))

    def test_moved_and_drafted_in_one_go(self):
        self.line.date_maturity = LATER
        self.invoice.button_draft()
        self.invoice.action_post()
        extension = self.find()
        self.assertEqual((extension.old_date, extension.new_date), (DUE, LATER))

    def test_put_back_when_rejected(self):
        self.move_by_hand(LATER)
        extension = self.find()
        extension.with_user(self.controller).action_reject("Nobody agreed to this")
        self.commit()
        self.assertEqual(self.line.date_maturity, DUE)
        self.assertEqual(extension.state, "rejected")
        self.assertEqual(self.find(), extension)
        self.move_by_hand(LATEST)
        self.assertEqual(self.find().mapped("state"), ["rejected", "unapproved"])
        self.assertEqual(self.line._get_judged_due(), DUE)

    def test_approved_afterwards(self):
        self.move_by_hand(LATER)
        extension = self.find()
        extension.with_user(self.controller).as_due_date = True
        self.approve(extension)
        self.assertEqual(self.line._get_judged_due(), LATER)
        self.assertEqual(self.pay_and_read(400, "2026-04-02"), (LATER, 2))

    def test_asked_for_on_top_of_a_move(self):
        self.move_by_hand(LATER)
        moved = self.find()
        extension = self.ask(new_date=LATEST)
        self.assertEqual(extension.old_date, LATER)
        self.approve(extension)
        self.assertEqual(moved.state, "over")
        self.assertEqual(self.line._get_judged_due(), DUE)

    def test_an_accountant_is_never_stopped(self):
        failing = patch.object(
            type(self.extensions), "_note_changes", side_effect=ValueError("broken")
        )
        with failing, mute_logger(NOTED):
            self.move_by_hand(LATER)
        self.assertEqual(self.line.date_maturity, LATER)
        self.assertFalse(self.find())

    def test_a_conflict_is_for_the_owner_of_the_transaction(self):
        """Started over, it sees what was decided meanwhile."""
        conflict = patch.object(
            type(self.extensions),
            "_note_changes",
            side_effect=ConcurrencyError("twice"),
        )
        with conflict, self.assertRaises(ConcurrencyError):
            self.move_by_hand(LATER)

    def test_the_context_of_a_clerk_hides_nothing(self):
        """A default that PostgreSQL refuses, and a word to schedule no activities."""
        context = {"default_reason": "\0", "mail_activity_automation_skip": True}
        self.move_by_hand(LATER, self.line.with_context(**context))
        extension = self.find()
        self.assertEqual((extension.state, extension.reason), ("unapproved", False))
        self.assertEqual(extension.activity_ids.user_id, self.controller)

    def test_queries_do_not_grow(self):
        """Eight dates moved at once take as many queries as four, but their rows."""
        counts = []
        for size in (4, 8):
            invoices = self.env["account.move"].union(
                *(self.create_invoice(due=DUE) for _ in range(size))
            )
            self.commit()
            lines = self.receivable_lines(invoices)
            lines.date_maturity = LATER
            self.env.flush_all()
            start = self.cr.sql_log_count
            self.cr.precommit.run()
            counts.append(self.cr.sql_log_count - start)
            self.assertEqual(len(self.find(invoices[:1])), 1)
        self.assertLessEqual(counts[1], counts[0] + 4)

    def test_opening_balance(self):
        """An instalment that came by an entry is asked for like any other."""
        entry = self.create_entry([(self.receivable, 700), (self.revenue, -700)])
        line = self.receivable_lines(entry)
        due = line._get_collection_due()
        extension = self.ask(line)
        self.assertEqual((extension.old_date, extension.amount), (due, 700))
        self.approve(extension)
        self.assertEqual(line.date_maturity, LATER)
        self.move_by_hand(LATEST, line)
        self.assertEqual(self.find(entry).mapped("state"), ["approved", "unapproved"])
        payment = self.pay(self.invoice, 100)
        self.receivable_lines(payment.move_id).date_maturity = LATEST
        self.assertFalse(self.find(payment.move_id))

    # === RIGHTS ===#

    def test_not_ones_own(self):
        extension = self.ask(user=self.controller)
        with self.assertRaisesRegex(AccessError, "yourself"):
            self.approve(extension)
        self.approve(extension, self.second)
        self.assertEqual(extension.decided_by_id, self.second)

    def test_the_only_controller_may(self):
        domain = self.env["res.company"]._get_collection_controller_domain()
        others = self.env["res.users"].search(domain) - self.controller
        self.env.flush_all()
        self.cr.execute(
            "UPDATE res_users SET active = FALSE WHERE id IN %s", [others._ids]
        )
        self.env.invalidate_all()
        extension = self.ask(user=self.controller)
        self.approve(extension)
        self.assertEqual(extension.state, "approved")

    def test_who_may_not(self):
        extension = self.ask()
        for user in (self.rep, self.clerk):
            with self.assertRaises(AccessError):
                extension.with_user(user).action_approve()
            with self.assertRaises(AccessError):
                extension.with_user(user).action_reject("No")
            with self.assertRaises(AccessError):
                extension.with_user(user).write({"state": "approved"})
        with self.assertRaises(AccessError):
            extension.with_user(self.controller).write({"new_date": LATEST})
        self.assertEqual(extension.state, "requested")

    def test_what_a_client_makes_up(self):
        made = self.extensions.with_user(self.rep).create(
            {
                "line_id": self.line.id,
                "new_date": LATER,
                "state": "approved",
                "judged_date": LATEST,
                "is_current": True,
                "old_date": LATEST,
                "user_id": self.controller.id,
                "reason": "I say so",
            }
        )
        self.assertRecordValues(
            made,
            [
                {
                    "state": "requested",
                    "judged_date": False,
                    "is_current": False,
                    "old_date": DUE,
                    "user_id": self.rep.id,
                }
            ],
        )
        self.assertEqual(self.line._get_judged_due(), DUE)

    def test_customer_of_a_colleague(self):
        stranger = self.env["res.partner"].create(
            {"name": "Stranger", "user_id": self.controller.id}
        )
        line = self.receivable_lines(self.create_invoice(partner=stranger, due=DUE))
        self.env.flush_all()
        # What is wrong with the second date would be said of the invoice by name.
        for day in (LATER, DUE):
            with self.assertRaises(AccessError) as caught:
                self.extensions.with_user(self.rep).create(
                    {"line_id": line.id, "new_date": day, "reason": "Mine"}
                )
            self.assertNotIn(line.move_id.name, str(caught.exception))
        self.ask(line, user=self.controller)
        self.assertFalse(self.extensions.with_user(self.rep).search([]))

    def test_another_company(self):
        other = self.setup_other_company()["company"]
        theirs = self.new_user("ext_there", "sale_collection.group_credit_controller")
        theirs.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        extension = self.ask()
        with self.assertRaises(AccessError):
            extension.with_user(theirs).action_approve()
        self.assertFalse(self.extensions.with_user(theirs).search([]))

    # === LISTS ===#

    def test_queue_and_log(self):
        decisions = self.env["sale.collection.decision"]
        extension = self.ask(as_due_date=True)
        mine = [("kind", "=", "due_date"), ("partner_id", "=", self.customer.id)]
        row = decisions.with_user(self.controller).search(mine)
        days = [format_date(self.env, day) for day in (DUE, LATER)]
        self.assertEqual(row.what, f"{' → '.join(days)}, as the due date")
        self.assertRecordValues(
            row,
            [
                {
                    "state": "open",
                    "reason": "Flood in the warehouse",
                    "asked_by_id": self.rep.id,
                    "user_id": False,
                    "decided_on": False,
                    "amount": 1000,
                    "document": self.invoice.name,
                }
            ],
        )
        self.assertEqual(row.action_open()["res_id"], extension.id)
        self.assertEqual(decisions.with_user(self.rep).search(mine), row)
        self.assertEqual(
            row.action_reject()["res_model"], "sale.collection.extension.reject"
        )
        row.action_accept()
        self.commit()
        self.assertEqual(self.line.date_maturity, LATER)
        row = decisions.with_user(self.controller).search(mine)
        self.assertEqual((row.state, row.decided_on), ("accepted", TODAY))
        self.assertEqual(row.user_id, self.controller)

    def test_log_of_a_move_by_hand(self):
        self.move_by_hand(LATER)
        row = (
            self.env["sale.collection.decision"]
            .with_user(self.controller)
            .search([("kind", "=", "due_date")])
        )
        self.assertEqual((row.state, row.user_id), ("open", self.clerk))
        self.assertEqual(row.decided_on, TODAY)
        self.assertIn("not approved", row.what)

    # === FIGURES ===#

    def test_aging_follows_and_the_grade_does_not(self):
        """1,000 due on 30 January, moved to 31 March: not overdue, 31 days late."""
        self.move_by_hand(LATER)
        profiles = self.env["sale.collection.profile"]
        profile = profiles.with_company(self.company)._for(self.customer)
        profile._refresh(TODAY)
        self.assertRecordValues(
            profile,
            [
                {
                    "amount_overdue": 0,
                    "amount_not_due": 1000,
                    "oldest_due_date": LATER,
                    "amount_late": 1000,
                    "judged_due_date": DUE,
                    "avg_days_late": 31,
                    "open_late_count": 1,
                }
            ],
        )
        extension = self.find()
        extension.with_user(self.controller).as_due_date = True
        self.approve(extension)
        profile._refresh(TODAY)
        self.assertRecordValues(
            profile,
            [
                {
                    "amount_late": 0,
                    "judged_due_date": LATER,
                    "avg_days_late": 0,
                    "open_late_count": 0,
                }
            ],
        )

    def test_expected_on_the_new_date(self):
        """Nobody pays before the new date; later by habit from the old one."""
        item = self.env["sale.collection.open.item"].browse(self.line.id)
        self.assertFalse(item.date_predicted)
        self.approve(self.ask())
        item.invalidate_recordset()
        self.assertEqual(item.date_due, LATER)
        self.assertEqual(item.date_predicted, LATER)

    def test_amount_in_company_currency(self):
        currency = self.setup_other_currency("CHF", rates=[("2026-01-01", 2.0)])
        invoice = self.create_invoice(1000, due=DUE, currency_id=currency.id)
        self.move_by_hand(LATER, self.receivable_lines(invoice))
        self.assertEqual(self.find(invoice).amount, 500)
