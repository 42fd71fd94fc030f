import base64
import csv
import io

import xlsxwriter

from odoo import fields, models

# What a spreadsheet would take for a formula when it begins a cell.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class SaleCollectionSettlementExport(models.TransientModel):
    """Hands confirmed settlements of employees over to payroll, as a file."""

    _name = "sale.collection.settlement.export"
    _description = "Export settlements for payroll"

    settlement_ids = fields.Many2many(
        "sale.collection.settlement",
        "sale_collection_settlement_export_rel",
        "wizard_id",
        "settlement_id",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    file_format = fields.Selection(
        [("xlsx", "Excel (xlsx)"), ("csv", "Text (csv)")],
        string="Format",
        required=True,
        default="xlsx",
    )
    again_count = fields.Integer(
        string="Exported before", compute="_compute_again_count"
    )
    file = fields.Binary(readonly=True, attachment=False)
    filename = fields.Char(readonly=True)

    def _compute_again_count(self):
        for wizard in self:
            exported = wizard.settlement_ids.filtered("exported_at")
            wizard.again_count = len(exported)

    def action_export(self):
        """Write the file and show the button to download it.

        :raise UserError: agents or drafts are among the settlements
        """
        self.ensure_one()
        settlements = self.settlement_ids
        settlements.check_access("write")
        settlements._check_export()
        rows = [settlements._get_export_header(), *settlements._get_export_rows()]
        write = self._write_xlsx if self.file_format == "xlsx" else self._write_csv
        self.file = base64.b64encode(write(rows))
        today = self.env.company._collection_today()
        self.filename = f"commission-{today.isoformat()}.{self.file_format}"
        settlements.sudo().exported_at = fields.Datetime.now()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _write_csv(self, rows):
        """Return the file: with the mark by which Excel knows UTF-8."""
        out = io.StringIO()
        csv.writer(out).writerows([list(map(_as_text, row)) for row in rows])
        return out.getvalue().encode("utf-8-sig")

    def _write_xlsx(self, rows):
        out = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False}
        with xlsxwriter.Workbook(out, options) as book:
            sheet = book.add_worksheet(self.env._("Commission"))
            bold = book.add_format({"bold": True})
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            money = book.add_format({"num_format": "#,##0.00"})
            sheet.set_column(0, len(rows[0]) - 1, 16)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, rows[0], bold)
            for number, row in enumerate(rows[1:], 1):
                for column, value in enumerate(row):
                    if isinstance(value, float):
                        sheet.write_number(number, column, value, money)
                    elif isinstance(value, str):
                        sheet.write_string(number, column, value)
                    else:
                        sheet.write_datetime(number, column, value, day)
        return out.getvalue()


def _as_text(value):
    """Return a cell of a text file; no text of people becomes a formula."""
    if isinstance(value, float):
        return f"{value:.2f}"
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
