from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class SaleCollectionCommissionPlanVersion(models.TransientModel):
    """Asks for the day from which a copy of a plan, or its draft, takes over."""

    _name = "sale.collection.commission.plan.version"
    _description = "New version of a commission plan"

    plan_id = fields.Many2one(
        "sale.collection.commission.plan",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    source_id = fields.Many2one(
        "sale.collection.commission.plan",
        string="Draft",
        readonly=True,
        ondelete="cascade",
        context={"active_test": False},
    )
    date_from = fields.Date(
        string="From",
        required=True,
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
        help="The plan of today ends the day before.",
    )
    is_replacing = fields.Boolean(compute="_compute_is_replacing")

    @api.depends("plan_id")
    def _compute_date_from(self):
        for version in self:
            plan = version.plan_id
            company = plan.company_id or self.env.company
            following = company._collection_today() + relativedelta(day=1, months=1)
            version.date_from = max(following, plan.date_from or following)

    @api.depends("plan_id", "date_from")
    def _compute_is_replacing(self):
        for version in self:
            version.is_replacing = version.date_from == version.plan_id.date_from

    def action_apply(self):
        """Make the new version and open it."""
        self.ensure_one()
        plan = self._collection_get_given("plan_id", "write")
        source = self._collection_get_given("source_id")
        version = plan._make_version(self.date_from, source)
        return version._get_records_action()
