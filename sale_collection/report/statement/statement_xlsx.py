import io
import re

import xlsxwriter

from odoo import api, models

from ...tools.aging import MONTH_BOUNDS, bucket_spans

DATE_WIDTH = 12
TEXT_WIDTH = 24


class ReportStatementXlsx(models.AbstractModel):
    """The statement of account as a workbook: figures to work on."""

    _name = "report.sale_collection.statement_xlsx"
    _description = "Statement of account as a workbook"

    @api.model
    def _render(self, profile, statement):
        """Return the content of the workbook of one customer, in its language."""
        self = self.with_context(lang=profile.sudo().partner_id.lang)
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            styles = {
                "head": book.add_format({"bold": True, "bottom": 1}),
                "date": book.add_format({"num_format": "yyyy-mm-dd"}),
                "amount": book.add_format({"num_format": "#,##0.00"}),
            }
            for title, columns, rows in self._get_sheets(profile, statement):
                sheet = book.add_worksheet(_to_sheet_name(title))
                self._write_sheet(sheet, styles, columns, rows)
        return stream.getvalue()

    @api.model
    def _write_sheet(self, sheet, styles, columns, rows):
        """Write rows under their heads; a column is a pair of head and style."""
        for number, (head, style) in enumerate(columns):
            width = DATE_WIDTH if style else TEXT_WIDTH
            sheet.set_column(number, number, width, styles.get(style))
            sheet.write_string(0, number, head, styles["head"])
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(rows, 1):
            for number, (value, (_head, style)) in enumerate(
                zip(row, columns, strict=True)
            ):
                if value and style == "date":
                    sheet.write_datetime(line, number, value, styles["date"])
                elif isinstance(value, str):
                    # Never a formula, whatever a customer wrote as reference.
                    sheet.write_string(line, number, value)
                elif value is not None:
                    sheet.write(line, number, value, styles.get(style))

    @api.model
    def _get_sheets(self, profile, statement):
        """Return (title, columns, rows) of the sheets that have something to say."""
        sheets = [
            self._get_items_sheet(statement),
            self._get_aging_sheet(statement),
            self._get_payments_sheet(statement),
            self._get_promises_sheet(statement),
            self._get_disputes_sheet(statement),
        ]
        return sheets[:2] + [sheet for sheet in sheets[2:] if sheet[2]]

    @api.model
    def _get_items_sheet(self, statement):
        columns = [
            (self.env._("Document"), None),
            (self.env._("Reference"), None),
            (self.env._("Date"), "date"),
            (self.env._("Due date"), "date"),
            (self.env._("Days overdue"), "days"),
            (self.env._("Currency"), "code"),
            (self.env._("Amount"), "amount"),
            (self.env._("Open"), "amount"),
        ]
        rows = [
            (
                item.title,
                item.reference or "",
                item.issued,
                item.due if item.is_debt else None,
                item.days_overdue(statement["date"]),
                self._get_code(item.currency_id),
                item.amount,
                item.open,
            )
            for item in statement["items"]
        ]
        return self.env._("Open items"), columns, rows

    @api.model
    def _get_aging_sheet(self, statement):
        columns = [
            (self.env._("Currency"), "code"),
            (self.env._("Not due"), "amount"),
            *(
                (
                    self.env._("%(first)s-%(last)s days", first=first, last=last)
                    if last
                    else self.env._("Over %(days)s days", days=first - 1),
                    "amount",
                )
                for first, last in bucket_spans(MONTH_BOUNDS)[1:]
            ),
            (self.env._("Overdue"), "amount"),
            (self.env._("Not yet matched"), "amount"),
            (self.env._("Balance"), "amount"),
        ]
        rows = [
            (
                self._get_code(total.currency_id),
                *total.buckets,
                total.overdue,
                total.credit,
                total.balance,
            )
            for total in statement["totals"]
        ]
        return self.env._("Aging"), columns, rows

    @api.model
    def _get_payments_sheet(self, statement):
        columns = [
            (self.env._("Date"), "date"),
            (self.env._("Payment"), None),
            (self.env._("Reference"), None),
            (self.env._("For"), None),
            (self.env._("Currency"), "code"),
            (self.env._("Amount"), "amount"),
        ]
        rows = [
            (
                payment.date,
                payment.document or "",
                payment.reference or "",
                payment.invoices or "",
                self._get_code(payment.currency_id),
                payment.amount,
            )
            for payment in statement["payments"]
        ]
        return self.env._("Payments"), columns, rows

    @api.model
    def _get_promises_sheet(self, statement):
        columns = [
            (self.env._("Reference"), None),
            (self.env._("Next payment"), "date"),
            (self.env._("Next amount"), "amount"),
            (self.env._("Promised"), "amount"),
            (self.env._("Received"), "amount"),
        ]
        rows = [
            (
                promise.name,
                promise.next_date or None,
                promise.next_amount,
                promise.amount,
                promise.amount_received,
            )
            for promise in statement["promises"]
        ]
        return self.env._("Promises"), columns, rows

    @api.model
    def _get_disputes_sheet(self, statement):
        columns = [
            (self.env._("Document"), None),
            (self.env._("Since"), "date"),
            (self.env._("Amount"), "amount"),
        ]
        rows = [
            (part.move_id.name or "", part.dispute_id.date, part.amount_open)
            for part in statement["disputes"]
        ]
        return self.env._("Disputes"), columns, rows

    @api.model
    def _get_code(self, currency_id):
        return self.env["res.currency"].browse(currency_id).name


def _to_sheet_name(title):
    """Return a title without what a workbook refuses, cut to what it takes."""
    return re.sub(r"[\[\]:*?/\\]", " ", title)[:31]
