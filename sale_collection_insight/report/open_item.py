from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

# Instalments are looked at so many days before they fall due.
AHEAD_DAYS = 14
# From this risk (0-1) on an instalment will rather be late than not.
LIKELY = 0.5


class SaleCollectionOpenItem(models.Model):
    """Instalments to ask for before they are late."""

    _inherit = "sale.collection.open.item"

    is_early_warning = fields.Boolean(
        string="Probably late",
        compute="_compute_is_early_warning",
        search="_search_is_early_warning",
        help="Due within two weeks and rather late than not, of a customer who is "
        "chased. Why says what that goes by.",
    )

    @api.depends("late_risk")
    def _compute_is_early_warning(self):
        near = self.filtered_domain(self._get_near_domain())
        for item in self:
            item.is_early_warning = item in near and item.late_risk >= LIKELY

    @api.model
    def _search_is_early_warning(self, operator, value):
        if operator != "in":
            return NotImplemented
        near = self.search(self._get_near_domain(), order="id")
        likely = near.filtered(lambda item: item.late_risk >= LIKELY)
        return [("id", "in" if True in value else "not in", likely.ids)]

    @api.model
    def _get_near_domain(self):
        """Return the instalments that fall due soon, of customers who are chased."""
        today = self.env.company._collection_today()
        return (
            Domain("days_overdue", "=", 0)
            & Domain("date_due", "<=", today + timedelta(AHEAD_DAYS))
            & Domain("profile_id", "!=", False)
            & Domain("profile_id.excluded", "=", False)
        )
