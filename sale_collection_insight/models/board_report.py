from odoo import SUPERUSER_ID, api, fields, models

from ..tools.snapshot import month_ends

REPORT = "sale_collection_insight.report_board"


class SaleCollectionBoardReport(models.AbstractModel):
    """Sends the board report of a month that is over, once, to the people chosen."""

    _name = "sale.collection.board.report"
    _description = "Board report by e-mail"

    @api.model
    def _send_monthly(self, company, today):
        """Send the report of the last month, unless it was sent.

        The mails wait in the queue: with the month noted on the company they are kept
        or lost together, so that no death of the process sends them twice.

        :param company: root company
        :param date today: nothing is sent for another day than the company's own
        :return: number of people who get it
        """
        company = company.sudo()
        [month] = month_ends(today, 1)
        people = company.collection_board_partner_ids.filtered("email")
        is_sent = company.collection_board_month and (
            company.collection_board_month >= month
        )
        if not people or is_sent or today != company._collection_today():
            return 0
        for lang, readers in people.grouped("lang").items():
            self.with_context(lang=lang)._send_report(company, month, readers)
        company.collection_board_month = month
        return len(people)

    @api.model
    def _send_report(self, company, month, readers):
        """Queue one message with the report in the language of the context."""
        title = self.env._(
            "Collection in %(month)s: %(company)s",
            month=self.env["sale.collection.key.figures"]._format_month(month),
            company=company.name,
        )
        body = self.env._(
            "The key figures of the month, with the year before it and the largest "
            "debtors, are attached."
        )
        thread = self.env["mail.thread"].sudo()
        thread.with_context(mail_notify_force_send=False).message_notify(
            subject=title,
            body=body,
            partner_ids=readers.ids,
            attachments=[(f"{title}.pdf", self._print_report(company, month))],
            author_id=self.env.ref("base.partner_root").id,
            email_layout_xmlid="sale_collection.mail_layout",
        )

    @api.model
    def _print_report(self, company, month):
        """Return the PDF of a company with its branches; tests print nothing."""
        branches = self.env["res.company"].sudo()
        branches = branches.search([("id", "child_of", company.id)])
        companies = company | branches
        printer = self.env["ir.actions.report"].with_user(SUPERUSER_ID)
        printer = printer.with_context(allowed_company_ids=companies.ids)
        content, _kind = printer._render_qweb_pdf(
            REPORT,
            data={
                "month": fields.Date.to_string(month),
                "currency_id": company.currency_id.id,
            },
        )
        return content
