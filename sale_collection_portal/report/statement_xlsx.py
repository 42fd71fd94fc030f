from odoo import api, models


class ReportStatementXlsx(models.AbstractModel):
    """The account of a period as a sheet of the customer's workbook."""

    _inherit = "report.sale_collection.statement_xlsx"

    @api.model
    def _get_sheets(self, profile, statement):
        # EXTENDS
        sheets = super()._get_sheets(profile, statement)
        if statement.get("accounts"):
            sheets.append(self._get_account_sheet(statement["accounts"]))
        return sheets

    @api.model
    def _get_account_sheet(self, accounts):
        columns = [
            (self.env._("Currency"), "code"),
            (self.env._("Date"), "date"),
            (self.env._("Document"), None),
            (self.env._("Reference"), None),
            (self.env._("Amount"), "amount"),
            (self.env._("Balance"), "amount"),
        ]
        rows = []
        for account in accounts:
            code = self._get_code(account.currency_id)
            opening = self.env._("Opening balance")
            rows.append((code, None, opening, "", None, account.opening))
            rows += [
                (
                    code,
                    movement.date,
                    movement.document or "",
                    movement.reference or "",
                    movement.amount,
                    balance,
                )
                for movement, balance in account.rows
            ]
            closing = self.env._("Closing balance")
            rows.append((code, None, closing, "", None, account.closing))
        return self.env._("Account movements"), columns, rows
