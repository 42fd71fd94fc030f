from odoo import Command, fields

from odoo.addons.sale_collection.tests.common import REP, CollectionCommon


class CommissionCommon(CollectionCommon):
    """Two reps, a plan of 10 % for everyone, and what they have earned."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.other_rep = (
            cls.new_user(login, REP) for login in ("rep", "other rep")
        )
        cls.entries = cls.env["sale.collection.commission.entry"].sudo()
        cls.plan = cls.create_plan()

    @classmethod
    def create_plan(cls, percent=10, **values):
        return cls.env["sale.collection.commission.plan"].create(
            {
                "name": "Plan",
                "date_from": "2026-01-01",
                "rate_ids": [Command.create({"percent": percent})],
                **values,
            }
        )

    def sell(self, amount, rep=None, **values):
        return self.create_invoice(
            amount, invoice_user_id=(rep or self.rep).id, **values
        )

    def book(self, today=None):
        """Book commission as on a day; all must be as a rebuild would have it."""
        self.env.cr.flush()
        self.entries._accrue(today and fields.Date.to_date(today))
        self.assertEqual(self.entries._audit(today and fields.Date.to_date(today)), [])

    def earned(self, moves, rep=None, today=None):
        """Return the amounts of the entries of invoices, in the order booked."""
        self.book(today)
        rows = self.entries.search(
            [("move_ref", "in", moves.ids), ("user_id", "=", (rep or self.rep).id)],
            order="id",
        )
        return [self.company.currency_id.round(row.amount) for row in rows]

    def by_kind(self, rep=None, today=None, **values):
        """Return {kind: what a rep has of it}, nothing left out but zeros."""
        self.book(today)
        sums = {}
        domain = [("user_id", "=", (rep or self.rep).id)]
        domain += [(name, "=", value) for name, value in values.items()]
        for row in self.entries.search(domain):
            sums[row.kind] = round(sums.get(row.kind, 0.0) + row.amount, 2)
        return {kind: amount for kind, amount in sums.items() if amount}

    def share(self, rep, percent, **target):
        return self.env["sale.collection.commission.share"].create(
            {"user_id": rep.id, "percent": percent, **target}
        )

    def credit(self, invoice, date):
        """Return the credit note of a whole invoice, as the dialog makes it."""
        reversal = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"date": date, "journal_id": invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(reversal.reverse_moves()["res_id"])
        note.action_post()
        return note
