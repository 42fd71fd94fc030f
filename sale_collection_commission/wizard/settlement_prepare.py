from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.sale_collection.tools import period

from ..models.core.res_company import PERIODS
from ..tools.settlement import EVERYBODY, Earners


class SaleCollectionSettlementPrepare(models.TransientModel):
    """Prepares the settlements of a period for everybody, or for those chosen."""

    _name = "sale.collection.settlement.prepare"
    _description = "Settle a period"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    rule = fields.Selection(
        PERIODS,
        string="Period",
        required=True,
        compute="_compute_rule",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_from = fields.Date(
        string="From",
        required=True,
        compute="_compute_date_from",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_to = fields.Date(
        string="To",
        required=True,
        compute="_compute_date_to",
        store=True,
        readonly=False,
        precompute=True,
    )
    user_ids = fields.Many2many(
        "res.users", string="Reps", domain="[('share', '=', False)]"
    )
    agent_ids = fields.Many2many("res.partner", string="Agents")

    @api.depends("company_id")
    def _compute_rule(self):
        for wizard in self:
            wizard.rule = wizard.company_id.collection_settlement_period

    @api.depends("rule", "company_id")
    def _compute_date_from(self):
        for wizard in self:
            if wizard.rule != "custom" or not wizard.date_from:
                wizard.date_from = wizard._get_latest_period()[0]

    @api.depends("rule", "date_from")
    def _compute_date_to(self):
        for wizard in self:
            if wizard.rule != "custom" and wizard.date_from:
                wizard.date_to = period.settlement_bounds(
                    wizard.rule, wizard.date_from
                )[1]

    def _get_latest_period(self):
        """Return the bounds of the latest period that is over."""
        rule = "month" if self.rule == "custom" else self.rule or "month"
        return period.last_settlement_bounds(rule, self.company_id._collection_today())

    @api.constrains("rule", "date_from")
    def _check_period(self):
        for wizard in self.filtered(lambda wizard: wizard.rule != "custom"):
            first, _last = period.settlement_bounds(wizard.rule, wizard.date_from)
            if first != wizard.date_from:
                raise ValidationError(
                    self.env._(
                        "From: this period begins on %(date)s. For other dates choose "
                        "the period Other dates.",
                        date=fields.Date.to_string(first),
                    )
                )

    def action_prepare(self):
        """Make the drafts and show them.

        :raise UserError: there is nothing to settle
        """
        self.ensure_one()
        earners = EVERYBODY
        if self.user_ids or self.agent_ids:
            earners = Earners(self.user_ids.ids, self.agent_ids.ids)
        company = self._collection_get_given("company_id")
        preview = self.env["sale.collection.settlement.preview"].with_context(
            allowed_company_ids=company.ids
        )
        drafts = preview._prepare_drafts(self.date_from, self.date_to, earners)
        if not drafts:
            raise UserError(
                self.env._(
                    "Nothing to settle until %(date)s: no commission is booked that is "
                    "not settled yet.",
                    date=fields.Date.to_string(self.date_to),
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_commission.settlement_action"
        )
        if len(drafts) == 1:
            return drafts._get_records_action()
        return {**action, "domain": [("id", "in", drafts.ids)], "context": {}}
