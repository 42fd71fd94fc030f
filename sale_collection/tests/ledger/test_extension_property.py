import random
from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from ..common import CollectionCommon

TODAY = date(2026, 3, 2)
DUE = date(2026, 1, 30)
SEEDS = 12
STEPS = 14


@tagged("post_install", "-at_install")
@freeze_time("2026-03-02 12:00:00")
class TestExtensionProperty(CollectionCommon):
    """Whatever is done to an instalment: a receipt keeps what it said of its day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        controller = "sale_collection.group_credit_controller"
        cls.asker, cls.decider = (
            cls.new_user("prop_ask", controller),
            cls.new_user("prop_decide", controller),
        )
        cls.extensions = cls.env["sale.collection.extension"]

    def commit(self):
        self.env.flush_all()
        self.cr.precommit.run()
        self.env.invalidate_all()

    def test_any_sequence(self):
        for seed in range(SEEDS):
            with self.subTest(seed=seed):
                self.walk(random.Random(seed))

    def walk(self, rng):
        self.invoice = self.create_invoice(1000, due=DUE)
        self.line = self.receivable_lines(self.invoice)
        self.payments = self.env["account.payment"]
        self.commit()
        told, agreed = {}, DUE
        for _step in range(STEPS):
            step = rng.choice((self.pay_part, self.undo, self.move, self.extend))
            agreed = step(rng, agreed)
            self.commit()
            self.assertEqual(self.line._get_judged_due(), agreed)
            self.check(told)
        self.assertEqual(self.receipts._audit(repair=False), [])

    def check(self, told):
        """Compare each row with the first one of the same money."""
        rows = self.receipts.search([("line_ref", "=", self.line.id)], order="id")
        for row in rows:
            key = (row.counterpart_ref, row.date)
            says = (row.due_date, row.days_late)
            self.assertEqual(told.setdefault(key, says), says)

    def pay_part(self, rng, agreed):
        left = self.line.amount_residual
        if left < 50:
            return agreed
        day = TODAY - timedelta(days=rng.randrange(20))
        known = self.receipts.search([])
        self.payments |= self.pay(self.invoice, rng.choice((50, left)), day)
        self.commit()
        row = self.receipts.search([]) - known
        self.assertEqual(row.due_date, agreed)
        return agreed

    def undo(self, rng, agreed):
        """Undo a match, and half of the time match it again."""
        matched = self.line.matched_credit_ids.credit_move_id
        if matched:
            line = rng.choice(matched)
            (self.line + line).remove_move_reconcile()
            if rng.random() < 0.7:
                self.commit()
                (self.line + line).reconcile()
        return agreed

    def move(self, rng, agreed):
        """Move the due date by hand, half of the time through a draft."""
        day = DUE + timedelta(days=rng.randrange(120))
        if rng.random() < 0.5 or self.line.reconciled:
            self.line.date_maturity = day
            return agreed
        self.invoice.button_draft()
        self.invoice.invoice_date_due = day
        self.invoice.action_post()
        self.line = self.receivable_lines(self.invoice)
        return agreed

    def extend(self, rng, agreed):
        """Ask for a later date, or decide on what waits."""
        pending = self.extensions.search(
            [
                ("move_id", "=", self.invoice.id),
                ("state", "in", ("requested", "unapproved")),
            ],
            limit=1,
        )
        due = self.line.date_maturity
        if not pending:
            if self.line.amount_residual > 0:
                self.extensions.with_user(self.asker).create(
                    {
                        "line_id": self.line.id,
                        "new_date": max(due, TODAY) + timedelta(days=1),
                        "reason": "Asked",
                        "as_due_date": rng.random() < 0.5,
                    }
                )
            return agreed
        pending = pending.with_user(self.decider)
        outdated = pending.state == "requested" and (
            due != pending.old_date or not self.line.amount_residual
        )
        if outdated or rng.random() < 0.3:
            pending.action_reject("No")
            return agreed
        if pending.state == "unapproved":
            pending.as_due_date = rng.random() < 0.5
        pending.action_approve()
        return pending.new_date if pending.as_due_date else agreed
