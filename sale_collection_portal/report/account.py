from datetime import date

from odoo import api, models

from ..tools.account import run_balances


class ReportAccount(models.AbstractModel):
    """What the account of a period is printed from: several customers as one."""

    _name = "report.sale_collection_portal.account"
    _description = "Account of a period"

    @api.model
    def _get_report_values(self, docids, data=None):
        data = data or {}
        profiles = self.env["sale.collection.profile"].browse(data.get("ids") or docids)
        first, last = (_to_date(data[name]) for name in ("date_from", "date_to"))
        periods = profiles._collect_periods(first, last)
        return {
            "docs": profiles[:1],
            "profiles": profiles,
            "date_from": first,
            "date_to": last,
            "accounts": run_balances(periods.values(), profiles._round_portal_amount),
            "currencies": self.env["res.currency"].browse,
        }


def _to_date(value):
    return date.fromisoformat(value) if isinstance(value, str) else value
