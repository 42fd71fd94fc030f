from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_of_sql
from odoo.addons.sale_collection.models.core.sql import root_company_sql

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

    @api.model
    def _get_coming_sql(self, companies):
        """Select what nobody disputes or has promised of instalments not overdue."""
        disputes = self.env["sale.collection.dispute.line"]
        promises = self.env["sale.collection.promise.allocation"]
        claims = SQL(" UNION ALL ").join(
            SQL(
                """
                SELECT line_id, amount FROM (%s) disputed
                 UNION ALL
                SELECT line_ref, amount FROM (%s) promised
                """,
                disputes._get_open_query(root),
                promises._get_cover_query(
                    root, root._collection_today(), due_before="infinity"
                ),
            )
            for root in companies.root_id
        )
        return SQL(
            """
            SELECT %(root)s AS root_id, customer.commercial_partner_id AS partner_id,
                   line.date_due, line.residual - COALESCE(claim.amount, 0) AS amount
              FROM (%(lines)s) line
              JOIN res_company company ON company.id = line.company_id
              JOIN res_partner customer ON customer.id = line.partner_id
         LEFT JOIN (SELECT line_id, SUM(amount) AS amount
                      FROM (%(claims)s) part GROUP BY line_id) claim
                ON claim.line_id = line.id
             WHERE line.date_due >= line.today
               AND line.residual > COALESCE(claim.amount, 0)
            """,
            root=root_company_sql(),
            lines=open_lines_of_sql(companies._collection_todays()),
            claims=claims,
        )
