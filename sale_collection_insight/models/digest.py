from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL


class DigestDigest(models.Model):
    """What came in, what is overdue, and which promises were not kept, by e-mail."""

    _inherit = "digest.digest"

    kpi_collection_collected = fields.Boolean("Money Collected")
    kpi_collection_collected_value = fields.Monetary(
        compute="_compute_kpi_collection_collected_value"
    )
    kpi_collection_overdue = fields.Boolean("Overdue")
    kpi_collection_overdue_value = fields.Monetary(
        compute="_compute_kpi_collection_overdue_value",
        help="At the end of the time: how it changed is told by the column.",
    )
    kpi_collection_unkept = fields.Boolean("Promises Not Kept")
    kpi_collection_unkept_value = fields.Integer(
        compute="_compute_kpi_collection_unkept_value",
        help="Broken or kept in part, by the day their grace was over.",
    )

    def _compute_kpi_collection_collected_value(self):
        own, start, end = self._get_collection_scope()
        rows = own["sale.collection.receipt"]._read_group(
            [
                ("company_id", "in", own.companies.ids),
                ("kind", "=", "cash"),
                ("date", ">", start),
                ("date", "<=", end),
            ],
            ["company_id"],
            ["amount:sum"],
        )
        self._set_collection_values("kpi_collection_collected_value", rows)

    def _compute_kpi_collection_overdue_value(self):
        own, _start, end = self._get_collection_scope()
        aging = own["sale.collection.aging"].with_context(
            sale_collection_as_of=fields.Date.to_string(end)
        )
        rows = aging._read_group(
            [("company_id", "in", own.companies.ids), ("amount_overdue", ">", 0)],
            ["company_id"],
            ["amount_overdue:sum"],
        )
        self._set_collection_values("kpi_collection_overdue_value", rows)

    def _compute_kpi_collection_unkept_value(self):
        own, start, end = self._get_collection_scope()
        roots = own.companies.sudo().root_id
        own.flush_all()
        query = own["sale.collection.promise"]._search(
            [
                ("company_id", "in", roots.ids),
                ("state", "in", ("broken", "partial")),
            ]
        )
        query.add_where(
            SQL(
                """sale_collection_promise.date
                   + sale_collection_promise.grace_days + 1 BETWEEN %s AND %s""",
                start + timedelta(1),
                end,
            )
        )
        query.groupby = SQL("sale_collection_promise.company_id")
        counts = dict(
            own.execute_query(
                query.select(SQL("sale_collection_promise.company_id"), SQL("COUNT(*)"))
            )
        )
        rows = [
            (company, counts.get(company.sudo().root_id.id))
            for company in own.companies
        ]
        self._set_collection_values("kpi_collection_unkept_value", rows)

    def _get_collection_scope(self):
        """Return the environment, first and last day of these tiles.

        The day a time begins on is not in it, as in core's own tiles.

        :raise AccessError: the reader of the mail does not see all customers
        """
        if not self.env.user.has_groups(
            "sale_collection.group_all_customers,account.group_account_readonly"
        ):
            raise AccessError(
                self.env._("Do not have access, skip this data for user's digest email")
            )
        start, end, companies = self._get_kpi_compute_parameters()
        own = self.with_context(allowed_company_ids=companies.ids).env
        return own, fields.Date.to_date(start), fields.Date.to_date(end)

    def _set_collection_values(self, name, rows):
        """Write a tile of each digest from (company, value) pairs."""
        values = {company.id: value for company, value in rows}
        for digest in self:
            company = digest.company_id or self.env.company
            digest[name] = values.get(company.id) or 0

    def _compute_kpis_actions(self, company, user):
        # EXTENDS digest
        menu_id = self.env.ref("sale_collection.root_menu").id
        actions = {
            "kpi_collection_collected": "sale_collection.receipt_action",
            "kpi_collection_overdue": "sale_collection.aging_action",
            "kpi_collection_unkept": "sale_collection.promise_action",
        }
        return super()._compute_kpis_actions(company, user) | {
            name: f"{action}?menu_id={menu_id}" for name, action in actions.items()
        }
