import base64
import json
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.image import image_data_uri

from ...tools.statement import Item, plan_transfers, total_by_currency
from ...tools.window import open_dialog
from ..core.open_line import open_lines_sql

# Months of payments a statement shows unless asked otherwise.
PERIOD_MONTHS = 3
# A statement that is sent can be cancelled for so long.
SEND_DELAY = timedelta(minutes=2)
# Characters of an address that a phone reads well from a printed QR code.
PAPER_LENGTH = 1000
# Documents printed at once: the time of one print grows faster than its pages.
PRINT_BATCH = 50


class Payment(NamedTuple):
    """Money of the period: what one entry paid of the invoices named."""

    partner_id: int
    date: date
    document: str | None
    reference: str | None
    invoices: str
    currency_id: int
    amount: float


class SaleCollectionProfile(models.Model):
    """Statements of account: what a customer owes, has paid and has promised."""

    _inherit = "sale.collection.profile"

    @api.model
    def _get_touched_steps(self):
        return [*super()._get_touched_steps(), (40, "_wake_money_notices")]

    def _wake_money_notices(self, today=None):
        """Have money received reported, once the figures are up to date."""
        self.env["sale.collection.money.notice"].sudo()._wake()

    # === ENTRY POINTS ===#

    def _render_statement(self, today=None, date_from=None):
        """Print the statements of these customers, many in one call of the printer.

        :param date today: the company's own today when left out
        :param date date_from: first day of the payments shown
        :return: {profile id: (file name, content of the PDF)}, each in the language of
            its customer
        """
        found = {}
        for start in range(0, len(self), PRINT_BATCH):
            batch = self[start : start + PRINT_BATCH]
            try:
                found |= batch._print_statements(today, date_from)
            except UserError:  # a printer that takes one document at a time
                for profile in batch:
                    found |= profile._print_statements(today, date_from)
        return found

    def _collect_statements(self, today=None, date_from=None):
        """Read what statements say, with a constant number of queries.

        :return: {profile id: dict of `date`, `date_from`, `items`, `totals` and
            `transfers` (see `tools.statement`), `payments`, `promises`, `disputes`,
            and the `currency_ids` of all that}
        """
        self.check_access("read")
        found = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            day = today or company._collection_today()
            first = date_from or self._get_period_start(day)
            found |= profiles._collect_company_statements(company, day, first)
        return found

    @api.model
    def _get_period_start(self, today):
        """Return the first day of the payments a statement of this day shows."""
        return today.replace(day=1) - relativedelta(months=PERIOD_MONTHS - 1)

    # === PRINT ===#

    def _print_statements(self, today, date_from):
        """Print these statements in one call: {profile id: (name, content)}."""
        report = "sale_collection.report_statement"
        data = {"today": today, "date_from": date_from}
        self.check_access("read")
        # All invoices of the customer, also those of other salespeople.
        printer = self.env["ir.actions.report"].sudo()
        streams, kind = printer._pre_render_qweb_pdf(report, self.ids, dict(data))
        if kind != "pdf":  # tests print nothing
            streams = {key: {"stream": None, "content": streams} for key in self.ids}
        return {
            profile.id: (
                profile._get_statement_name(today) + ".pdf",
                _read(streams[profile.id]),
            )
            for profile in self
        }

    def _get_statement_name(self, today=None):
        """Return the name of the statement's file, without ending."""
        self.ensure_one()
        customer = self.partner_id
        day = today or self.company_id._collection_today()
        return self.with_context(lang=customer.lang).env._(
            "Statement of account %(customer)s %(date)s",
            customer=(customer.name or "").replace("/", "-"),
            date=day.isoformat(),
        )

    # === COLLECT ===#

    def _collect_company_statements(self, company, today, date_from):
        items = self._collect_statement_items(company)
        payments = self._collect_statement_payments(company, date_from, today)
        promises = self._collect_live_promises().grouped("profile_id")
        disputes = self._collect_open_disputes().grouped(
            lambda line: line.dispute_id.profile_id
        )
        Promise = self.env["sale.collection.promise"]
        DisputeLine = self.env["sale.collection.dispute.line"]
        found = {}
        for profile in self:
            partner_id = profile.partner_id.id
            own, paid = items.get(partner_id, []), payments.get(partner_id, [])
            found[profile.id] = {
                "date": today,
                "date_from": date_from,
                "items": own,
                "totals": total_by_currency(own, today),
                "transfers": plan_transfers(own, today),
                "payments": paid,
                "promises": promises.get(profile, Promise),
                "disputes": disputes.get(profile, DisputeLine),
                "currency_ids": {row.currency_id for row in own + paid},
            }
        return found

    def _collect_statement_items(self, company):
        """Return {partner id: open items, the oldest due first}."""
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        self.env["account.partial.reconcile"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact.commercial_partner_id, line.id, move.name, move.ref,
                       COALESCE(move.invoice_date, line.date),
                       line.date_due,
                       line.currency_id, line.amount_currency::float8,
                       line.residual_currency::float8,
                       part.number, part.total,
                       move.payment_reference,
                       COALESCE(move.partner_bank_id, %(bank)s)
                  FROM (%(lines)s) line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN res_partner contact ON contact.id = line.partner_id
            CROSS JOIN LATERAL (
                       SELECT COUNT(*) FILTER (
                                  WHERE (COALESCE(other.date_maturity, other.date),
                                         other.id)
                                     <= (line.date_due, line.id)) AS number,
                              COUNT(*) AS total
                         FROM account_move_line other
                        WHERE other.move_id = line.move_id
                          AND other.account_id = line.account_id) part
                 WHERE line.residual_currency <> 0
              ORDER BY line.date_due, line.id
                """,
                bank=company.partner_id.bank_ids[:1].id or None,
                lines=open_lines_sql(
                    company,
                    company._collection_today(),
                    self._get_line_condition(self.partner_id.ids),
                ),
            )
        )
        items = {}
        for partner_id, *values in rows:
            items.setdefault(partner_id, []).append(Item(*values))
        return items

    def _collect_statement_payments(self, company, date_from, date_to):
        """Return {partner id: payments of the period in order}, without undone ones.

        Money that has paid no invoice yet is among the open items instead.
        """
        self.env["sale.collection.receipt"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT receipt.partner_id, receipt.date, entry.name, entry.ref,
                       STRING_AGG(DISTINCT invoice.name, ', ' ORDER BY invoice.name),
                       receipt.currency_id, SUM(receipt.amount_currency)::float8
                  FROM sale_collection_receipt receipt
             LEFT JOIN account_move_line line
                    ON line.id = receipt.counterpart_line_id
             LEFT JOIN account_move entry ON entry.id = line.move_id
             LEFT JOIN account_move invoice ON invoice.id = receipt.move_id
                 WHERE receipt.kind = 'cash'
                   AND receipt.date BETWEEN %(first)s AND %(last)s
                   AND receipt.partner_id = ANY(%(partners)s)
                   AND receipt.company_id IN (%(companies)s)
              GROUP BY receipt.partner_id, receipt.date, entry.id,
                       receipt.currency_id
                HAVING SUM(receipt.amount_currency) <> 0
              ORDER BY receipt.date, entry.id
                """,
                first=date_from,
                last=date_to,
                partners=self.partner_id.ids,
                companies=self._get_companies_sql(company),
            )
        )
        payments = {}
        for row in rows:
            payments.setdefault(row[0], []).append(Payment(*row))
        return payments

    def _collect_live_promises(self):
        return self.env["sale.collection.promise"].search(
            [("profile_id", "in", self.ids), ("state", "=", "open")],
            order="next_date, id",
        )

    def _collect_open_disputes(self):
        return self.env["sale.collection.dispute.line"].search(
            [
                ("dispute_id.profile_id", "in", self.ids),
                ("dispute_id.state", "=", "open"),
                ("line_id", "!=", False),
            ]
        )

    # === SEND ===#

    def action_open_statement(self):
        """Ask for the period, then print, download or send statements."""
        self.check_access("read")
        return open_dialog(
            self.env._("Statement of account"),
            "sale.collection.statement",
            default_profile_ids=self.ids,
        )

    def _take_step(self, step):
        # EXTENDS
        if step == "statement":
            return self.action_open_statement()
        return super()._take_step(step)

    def _send_statement(self, date_from=None):
        """Have the statement of each customer sent, signed by the user.

        It waits in the chatter, where it can be cancelled, and is printed as it
        leaves: nobody waits for the printer.

        :param date date_from: first day of the payments shown
        :return: the profiles without an address to send to
        """
        self.check_access("read")
        recipients = self._get_role_contacts("finance")
        reachable = self.filtered(lambda profile: recipients[profile].email)
        texts = reachable._draw_statement_texts()
        self.env["mail.scheduled.message"].create(
            [
                profile._prepare_statement_message(
                    recipients[profile], *texts[profile.id], date_from
                )
                for profile in reachable
            ]
        )
        return self - reachable

    def _draw_statement_texts(self):
        """Return {profile id: (subject, body)} of the mails. Extension point."""
        template = self.env.ref("sale_collection.mail_template_statement").sudo()
        return template._collection_draw(self)

    def _get_pay_link(self, lines=None):
        """Return where the customer pays without login; None without such a page.

        Extension point. The same address all day, so that texts stay the same.

        :param lines: the only instalments it opens; everything open when left out
        """
        return None

    def _get_pay_code(self, lines=None):
        """Return `_get_pay_link` as a QR code for paper, as the address of a picture.

        None without such a page, or where a phone could not read so long an address.
        """
        link = self._get_pay_link(lines) or ""
        if not 0 < len(link) <= PAPER_LENGTH:
            return None
        image = self.env["ir.actions.report"].barcode("QR", link, width=300, height=300)
        return image_data_uri(base64.b64encode(image))

    def _prepare_statement_message(self, recipient, subject, body, date_from):
        """Return the values of the message that will carry this statement."""
        today = self.company_id._collection_today()
        return {
            "model": self._name,
            "res_id": self.id,
            "author_id": self.env.user.partner_id.id,
            "partner_ids": recipient.ids,
            "subject": subject,
            "body": body,
            "scheduled_date": fields.Datetime.now() + SEND_DELAY,
            "notification_parameters": json.dumps(
                {
                    "email_layout_xmlid": "sale_collection.mail_layout",
                    "force_email_lang": recipient.lang or self.partner_id.lang,
                }
            ),
            "collection_statement_from": date_from or self._get_period_start(today),
        }

    def _get_role_contacts(self, role):
        """Return {profile: contact with this role, else the invoice address}.

        A contact without an e-mail address is used only if no other has one.
        """
        roles = self.env["sale.collection.contact.role"].sudo()
        found = roles.search(
            [("customer_id", "in", self.partner_id.ids), ("role", "=", role)]
        ).grouped("customer_id")
        contacts = {}
        for profile in self.sudo():
            customer = profile.partner_id
            chosen = found.get(customer, roles).contact_id.filtered("email")[:1]
            address = customer.browse(customer.address_get(["invoice"])["invoice"])
            contacts[profile.sudo(False)] = chosen or (
                address if address.email else customer
            )
        return contacts


def _read(stream):
    content = stream["stream"]
    return content.getvalue() if content else stream["content"]
