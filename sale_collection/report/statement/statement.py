from datetime import date

from odoo import api, models

from ...tools.aging import MONTH_BOUNDS, bucket_spans


class ReportStatement(models.AbstractModel):
    """What the statement of account is printed from."""

    _name = "report.sale_collection.statement"
    _description = "Statement of account"

    @api.model
    def _get_report_values(self, docids, data=None):
        data = data or {}
        # A print with a period comes from the browser with the ids among its data.
        ids = docids or data.get("ids") or ()
        profiles = self.env["sale.collection.profile"].browse(ids)
        days = (_to_date(data.get(name)) for name in ("today", "date_from"))
        statements = profiles._collect_statements(*days)
        return {
            "docs": profiles,
            "statements": statements,
            "codes": {one.id: _get_code(one, statements[one.id]) for one in profiles},
            "currencies": self.env["res.currency"].browse,
            "banks": self.env["res.partner.bank"].sudo().browse,
            "spans": bucket_spans(MONTH_BOUNDS),
        }


def _get_code(profile, statement):
    """Return the code to pay what a statement lists; all that is open if it is long."""
    owed = [item.line_id for item in statement["items"] if item.is_debt]
    lines = profile.env["account.move.line"].browse(owed)
    return lines and (profile._get_pay_code(lines) or profile._get_pay_code())


def _to_date(value):
    """Return a date given as such, or as text by the browser; None when empty."""
    return date.fromisoformat(value) if isinstance(value, str) else value or None
