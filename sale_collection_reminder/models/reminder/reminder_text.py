import logging

from odoo import models

from odoo.addons.sale_collection.models.core.transaction import do_all_or_each
from odoo.addons.sale_collection.tools.transfer import join_references

_logger = logging.getLogger(__name__)


class SaleCollectionReminderText(models.AbstractModel):
    """Draw what reminders say: the text, the table of instalments, how to pay.

    All of it is read with the rights of the system: a person who may see a reminder
    sees what it says. Tables are drawn in the language of the context.
    """

    _name = "sale.collection.reminder.text"
    _description = "Text of reminders"

    # === TEXT ===#

    def _render(self, reminders):
        """Draw the texts of reminders, each in its language.

        The text that went out, else the one that was fixed, else that of the step's
        template as it is now. A text that cannot be drawn costs its customer only.

        :return: {id: (subject, body)} and {id: what is wrong with the text}
        """
        fixed = reminders.filtered(lambda one: one.fixed_body or one.message_id)
        texts = {one.id: self._get_fixed_text(one) for one in fixed}
        errors = {}
        unfixed = (reminders - fixed).filtered(lambda one: one.id)
        self._ensure_links(unfixed)
        templates = unfixed.grouped(lambda one: one.step_id.sudo().template_id)
        for template, own in templates.items():
            if template:
                found, failed = self._render_or_each(template, own)
                texts |= found
                errors |= failed
        return texts, errors

    def _get_fixed_text(self, reminder):
        message = reminder.sudo().message_id
        if reminder.fixed_body or not message:
            return reminder.fixed_subject, reminder.fixed_body
        return message.subject, message.body

    def _render_or_each(self, template, reminders):
        """Render one template; a reminder that fails does not stop the others.

        :return: as `_render`
        """
        errors = {}

        def note(reminder, error):
            _logger.info("Text of reminder %s", reminder.id, exc_info=error)
            errors[reminder.id] = str(error)

        def render(batch):
            return template._collection_draw(batch)

        texts = {}
        for _done, found in do_all_or_each(self.env, reminders, render, note):
            texts |= found
        return texts, errors

    # === FIXED TEXT ===#

    def _fix(self, reminders):
        """Keep the texts as they are read now: exactly these go out.

        :return: {id: what is wrong} of those whose text cannot be drawn
        """
        texts, errors = self._render(reminders)
        for reminder in reminders.filtered(lambda one: not one.fixed_body):
            self._write_fixed(reminder, *texts.get(reminder.id, (False, False)))
        return errors

    def _write_fixed(self, reminder, subject, body, is_edited=False):
        values = {
            "fixed_subject": subject,
            "fixed_body": body,
            "fixed_for": self._get_fixed_for(reminder),
        }
        if is_edited:
            values["is_edited"] = True
        reminder.sudo().write(values)

    def _unfix(self, reminders):
        """Let the texts follow their template again."""
        reminders.sudo().write(
            {
                "fixed_subject": False,
                "fixed_body": False,
                "fixed_for": False,
                "is_edited": False,
            }
        )

    def _renew(self, reminder):
        """Let a fixed text go that tells other amounts or dates than those of now.

        :return: `outdated` where a person wrote it: it must not go out
        """
        if reminder.is_edited:
            if not self._is_outdated(reminder):
                return None
            reminder.note = self._get_outdated_message(reminder)
            return "outdated"
        if reminder.fixed_for != self._get_fixed_for(reminder):
            self._unfix(reminder)
        return None

    def _is_outdated(self, reminder):
        """Tell whether a fixed text is wrong by now.

        It was written for other amounts or due dates, or asks for the money by a day
        gone by.
        """
        items, __, pay_by = (reminder.fixed_for or "").partition("|")
        day = reminder.prepared_on or reminder.date
        is_late = bool(pay_by and day and pay_by < day.isoformat())
        return is_late or items != self._get_fixed_for(reminder).partition("|")[0]

    def _get_fixed_for(self, reminder):
        """Return what tells one list of instalments, amounts and dates from another."""
        items = ",".join(
            f"{part.line_id.id}:{part.amount_currency:.2f}:{part.due_date or ''}"
            for part in reminder.line_ids.sorted(lambda part: part.line_id.id)
        )
        return f"{items}|{reminder.pay_by_date or ''}"

    def _get_outdated_message(self, reminder):
        return self.env._(
            "The amounts or dates of %(customer)s have changed since its text was "
            "written. "
            "Correct the text, or go back to the step's.",
            customer=reminder.partner_id.display_name,
        )

    # === TABLE ===#

    def _render_items(self, reminder, providers):
        """Return the table of instalments as HTML.

        :param providers: those of online payments that are switched on
        """
        rows = self._get_rows(reminder)
        is_printed = self._is_printed(reminder)
        if not is_printed:
            self._add_links(rows, providers)
        totals = self._get_totals(reminder)
        values = {
            "rows": rows,
            "totals": totals,
            "show_currency": len(totals) > 1,
            "show_reference": any(row["reference"] for row in rows),
            "show_late": any(row["days_late"] for row in rows),
            "show_links": not is_printed,
            "pay_link": not is_printed and self._get_pay_link(reminder, rows),
            "icons": not is_printed and self._get_icons(reminder, rows, providers),
            "credits": self._sum_by_currency(reminder, "credit"),
        }
        return self.env["ir.qweb"]._render(
            "sale_collection_reminder.reminder_items", values
        )

    def _get_pay_link(self, reminder, rows):
        """Return where all of it is paid at once, None where each is paid alone."""
        payable = [row for row in rows if row.get("payable")]
        if len(payable) < 2 or len({row["currency"] for row in payable}) > 1:
            return None
        return reminder.profile_id._get_pay_link(reminder.sudo().line_ids.line_id)

    def _is_printed(self, reminder):
        """Tell whether the text goes out on paper: no links then."""
        return reminder.channel == "letter"

    def _get_rows(self, reminder):
        """Return the instalments in order of their due dates, as dicts."""
        return [line._get_row() for line in reminder.sudo().line_ids]

    def _get_totals(self, reminder):
        """Return the sums to pay by currency, as dicts of currency and amount."""
        return self._sum_by_currency(reminder, "amount")

    def _sum_by_currency(self, reminder, name):
        """Return the sums of a column of the table, those that are not nothing."""
        sums = {}
        for row in self._get_rows(reminder):
            sums[row["currency"]] = sums.get(row["currency"], 0.0) + row[name]
        return [
            {"currency": currency, "amount": currency.round(amount)}
            for currency, amount in sums.items()
            if not currency.is_zero(amount)
        ]

    # === LINKS ===#

    def _ensure_links(self, reminders):
        """Give the invoices their addresses in the portal, before texts are drawn."""
        if self.env.cr.readonly:
            return
        moves = reminders.sudo().line_ids.move_id
        for move in moves.filtered(lambda m: m.is_sale_document()):
            move._portal_ensure_token()

    def _get_providers(self, companies):
        """Return the providers by which customers of companies can pay online."""
        return self.env["payment.provider"]._collection_find(companies)

    def _find_providers(self, move, providers):
        """Return the providers that can take what is to be paid of an invoice."""
        if not move._has_to_be_paid():
            return providers.browse()
        country = move.commercial_partner_id.country_id
        return providers._collection_filter(move.company_id, move.currency_id, country)

    def _find_methods(self, rows, providers):
        """Return the ways in which rows can be paid online."""
        found = self.env["payment.method"].sudo()
        for move in {row["move"] for row in rows}:
            country = move.commercial_partner_id.country_id
            own = self._find_providers(move, providers)
            found |= own._collection_find_methods(move.currency_id, country)
        return found

    def _get_icons(self, reminder, rows, providers):
        """Return names and icons of the ways in which rows can be paid online."""
        methods = self._find_methods(rows, providers)
        base_url = reminder.company_id.get_base_url()
        return providers._collection_get_icons(methods, base_url)

    def _add_links(self, rows, providers):
        """Add to rows the address where each invoice is seen or paid."""
        for row in rows:
            move = row["move"]
            row["url"] = False
            if move.is_sale_document():
                row["payable"] = bool(self._find_providers(move, providers))
                row["url"] = move.get_base_url() + self._get_address(row)

    def _get_address(self, row):
        """Return where the portal shows an invoice.

        A text that is only looked at must not write the token of the invoice; the
        address without it serves our own people as well.
        """
        move = row["move"]
        if self.env.cr.readonly and not move.access_token:
            return move.access_url
        pay = {"query_string": "&payment=True", "anchor": "portal_pay"}
        return move.get_portal_url(**(pay if row["payable"] else {}))

    # === HOW TO PAY ===#

    def _render_payments(self, reminder):
        """Return what the customer types into its banking application, as HTML."""
        return self.env["ir.qweb"]._render(
            "sale_collection_reminder.reminder_payment",
            {"payments": self._get_payments(reminder)},
        )

    def _get_payments(self, reminder):
        """Return one transfer for each account and currency, as dicts."""
        groups = {}
        for row in self._get_rows(reminder):
            bank = row["move"].partner_bank_id
            groups.setdefault((bank, row["currency"]), []).append(row)
        return [
            self._prepare_payment(reminder, bank, currency, rows)
            for (bank, currency), rows in groups.items()
        ]

    def _prepare_payment(self, reminder, bank, currency, rows):
        references = [row["move"].payment_reference or row["name"] for row in rows]
        references = list(dict.fromkeys(references))
        payment = {
            "bank": bank,
            "currency": currency,
            "amount": currency.round(sum(row["amount"] for row in rows)),
            "reference": join_references(references),
            "structured": references[0] if len(references) == 1 else None,
        }
        payment["qr"] = bank and self._get_qr_code(reminder.sudo(), payment)
        return payment

    def _get_qr_code(self, reminder, payment):
        """Return the address of the QR code, None where the country has none.

        Under the same setting as the one on invoices. On paper the picture itself.
        """
        if not reminder.company_id.qr_code:
            return None
        bank, is_printed = payment["bank"], self._is_printed(reminder)
        draw = bank.build_qr_code_base64 if is_printed else bank.build_qr_code_url
        return draw(
            payment["amount"],
            payment["reference"],
            payment["structured"],
            payment["currency"],
            reminder.partner_id,
            silent_errors=True,
        )
