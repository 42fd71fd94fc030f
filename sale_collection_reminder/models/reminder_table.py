from odoo import api, fields, models

from odoo.addons.sale_collection.tools.transfer import join_references


class SaleCollectionReminder(models.Model):
    """What a reminder shows: the instalments, the total, how to pay.

    All of it in the language of the context, read with the rights of the system: who
    sees a reminder sees what it says.
    """

    _inherit = "sale.collection.reminder"

    amount_text = fields.Char(
        string="To pay",
        compute="_compute_amount_text",
        help="What is asked for, in the currencies of the invoices.",
    )
    items_html = fields.Html(
        string="Table of instalments", compute="_compute_items_html", sanitize=False
    )
    payment_html = fields.Html(
        string="How to pay", compute="_compute_payment_html", sanitize=False
    )
    first_due_date = fields.Date(
        string="First due date", compute="_compute_first_due_date"
    )
    pay_by_date = fields.Date(
        string="Pay by",
        compute="_compute_pay_by_date",
        help="The days to pay of the step after its date, moved to a working day.",
    )
    sender_name = fields.Char(string="Signed by", compute="_compute_sender_name")

    # === COMPUTE ===#

    @api.depends("line_ids.amount", "amount_total")
    @api.depends_context("lang")
    def _compute_amount_text(self):
        for reminder in self:
            reminder.amount_text = " + ".join(
                total["currency"].format(total["amount"])
                for total in reminder._get_totals()
            )

    @api.depends("line_ids.amount", "amount_total", "channel")
    @api.depends_context("lang")
    def _compute_items_html(self):
        for reminder in self:
            reminder.items_html = self.env["ir.qweb"]._render(
                "sale_collection_reminder.reminder_items", reminder._get_items_values()
            )

    @api.depends("line_ids.amount", "amount_total", "channel")
    @api.depends_context("lang")
    def _compute_payment_html(self):
        for reminder in self:
            reminder.payment_html = self.env["ir.qweb"]._render(
                "sale_collection_reminder.reminder_payment",
                {"payments": reminder.sudo()._get_payments()},
            )

    @api.depends("line_ids.due_date")
    def _compute_first_due_date(self):
        for reminder in self:
            dues = reminder.line_ids.filtered("due_date").mapped("due_date")
            reminder.first_due_date = min(dues, default=False)

    @api.depends("prepared_on", "date", "step_id.pay_days")
    def _compute_pay_by_date(self):
        for company, reminders in self.grouped("company_id").items():
            # one that waited long for a person must not name a day gone by
            wanted = {
                reminder: fields.Date.add(day, days=reminder.step_id.pay_days)
                for reminder in reminders
                if (day := reminder.prepared_on or reminder.date)
            }
            working = company.sudo()._collection_effective_dues(list(wanted.values()))
            for reminder in reminders:
                reminder.pay_by_date = working.get(wanted.get(reminder), False)

    @api.depends("user_id")
    def _compute_sender_name(self):
        for reminder in self:
            reminder.sender_name = reminder.user_id.sudo().name or ""

    # === TABLE ===#

    def _get_items_values(self):
        """Return what the table of instalments is drawn from."""
        rows = self.sudo()._get_rows()
        printed = self._is_printed()
        return {
            "rows": rows if printed else self.sudo()._add_links(rows),
            "totals": self._get_totals(),
            "show_reference": any(row["reference"] for row in rows),
            "show_late": any(row["days_late"] for row in rows),
            "show_links": not printed,
            "credit": self.amount_credit,
            "currency": self.currency_id,
        }

    def _is_printed(self):
        """Return whether the text goes out on paper: no links then."""
        return self.channel == "letter"

    def _get_rows(self):
        """Return the instalments in order of their due dates, as dicts."""
        return [line._get_row() for line in self.line_ids]

    def _get_totals(self):
        """Return the sums to pay by currency, as dicts of currency and amount."""
        sums = {}
        for row in self.sudo()._get_rows():
            sums[row["currency"]] = sums.get(row["currency"], 0.0) + row["amount"]
        return [
            {"currency": currency, "amount": currency.round(amount)}
            for currency, amount in sums.items()
        ]

    def _ensure_links(self):
        """Give the invoices their addresses in the portal, before texts are drawn."""
        if self.env.cr.readonly:
            return
        moves = self.sudo().line_ids.move_id
        for move in moves.filtered(lambda m: m.is_sale_document()):
            move._portal_ensure_token()

    def _add_links(self, rows):
        """Return the rows with the address where each invoice is seen or paid."""
        for row in rows:
            move = row["move"]
            row["url"] = False
            if move.is_sale_document():
                row["payable"] = move._has_to_be_paid()
                row["url"] = move.get_base_url() + self._get_address(row)
        return rows

    def _get_address(self, row):
        """Return where the portal shows an invoice.

        Who only looks at a text that has not been sent may not write the token; the
        address without it serves him as well.
        """
        move = row["move"]
        if self.env.cr.readonly and not move.access_token:
            return move.access_url
        pay = {"query_string": "&payment=True", "anchor": "portal_pay"}
        return move.get_portal_url(**(pay if row["payable"] else {}))

    # === HOW TO PAY ===#

    def _get_payments(self):
        """Return one transfer for each account and currency, as dicts."""
        groups = {}
        for row in self._get_rows():
            bank = row["move"].partner_bank_id
            groups.setdefault((bank, row["currency"]), []).append(row)
        return [
            self._prepare_payment(bank, currency, rows)
            for (bank, currency), rows in groups.items()
        ]

    def _prepare_payment(self, bank, currency, rows):
        """Return what the customer types into its banking application."""
        references = [row["move"].payment_reference or row["name"] for row in rows]
        references = list(dict.fromkeys(references))
        payment = {
            "bank": bank,
            "currency": currency,
            "amount": currency.round(sum(row["amount"] for row in rows)),
            "reference": join_references(references),
            "structured": references[0] if len(references) == 1 else None,
        }
        payment["qr"] = bank and self._get_qr_code(payment)
        return payment

    def _get_qr_code(self, payment):
        """Return the address of the QR code, None where the country has none.

        Under the same setting as the one on invoices. On paper the picture itself.
        """
        if not self.company_id.qr_code:
            return None
        bank = payment["bank"]
        printed = self._is_printed()
        draw = bank.build_qr_code_base64 if printed else bank.build_qr_code_url
        return draw(
            payment["amount"],
            payment["reference"],
            payment["structured"],
            payment["currency"],
            self.partner_id,
            silent_errors=True,
        )
