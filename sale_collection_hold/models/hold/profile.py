from odoo import api, fields, models
from odoo.tools import split_every

from odoo.addons.sale_collection.models.core.sql import update_rows
from odoo.addons.sale_collection.models.profile.projection import BATCH

from ...tools.credit_terms import is_raise
from ..rule.hold_rule import STRENGTHS

HOLD_STATES = [("none", "None"), *STRENGTHS]
# What gives a customer more credit, beside the limit on the customer form.
RAISING_FIELDS = {
    "credit_policy",
    "temporary_limit",
    "temporary_limit_until",
    "guarantee_amount",
    "credit_limit_until",
    "excluded",
}


class SaleCollectionProfile(models.Model):
    """The supply of a customer: what a new order would meet, and its held orders."""

    _inherit = "sale.collection.profile"

    hold_ids = fields.One2many(
        "sale.collection.hold", "profile_id", string="Supply holds"
    )
    hold_state = fields.Selection(
        HOLD_STATES,
        string="Supply",
        readonly=True,
        default="none",
        help="What a new order of this customer would meet, as last compared.",
    )
    held_count = fields.Integer(string="Held orders", compute="_compute_held")
    held_amount = fields.Monetary(string="Held", compute="_compute_held")

    @api.depends("hold_ids.state", "hold_ids.amount")
    def _compute_held(self):
        groups = self.env["sale.collection.hold"]._read_group(
            [("profile_id", "in", self.ids), ("state", "=", "active")],
            ["profile_id"],
            ["__count", "amount:sum"],
        )
        held = {profile.id: figures for profile, *figures in groups}
        for profile in self:
            count, amount = held.get(profile._origin.id, (0, 0.0))
            profile.held_count, profile.held_amount = count, amount

    # === CREDIT OF CUSTOMERS WITH HELD ORDERS ===#

    def _check_guarded_fields(self, vals):
        # EXTENDS: nobody frees an own held order by giving its customer more credit
        result = super()._check_guarded_fields(vals)
        names = RAISING_FIELDS & set(vals)
        raised = self.sudo().filtered(lambda profile: profile._is_raised(names, vals))
        levels = self.env["sale.collection.hold.approval"]
        for company, profiles in raised.grouped("company_id").items():
            levels._check_own_raise(company, profiles.partner_id)
        return result

    def _is_raised(self, names, vals):
        """Return whether one of these fields gets a value that means more credit."""
        return any(
            is_raise(
                name,
                self[name],
                self._fields[name].convert_to_record(
                    self._fields[name].convert_to_cache(vals[name], self), self
                ),
            )
            for name in names
        )

    # === JUDGE ===#

    @api.model
    def _get_touched_steps(self):
        # EXTENDS: what was held may go on, and what goes on may have to wait
        return [*super()._get_touched_steps(), (50, "_judge_open_orders")]

    def _judge_open_orders(self, today=None):
        """Judge the open orders of these customers, and what a new one would meet."""
        for company, touched in self.grouped("company_id").items():
            here = touched.with_company(company)
            facts = self.env["sale.collection.order.facts"].with_company(company)
            orders = facts._find_open_orders(company, touched.partner_id.ids)
            orders._collection_recheck(today)
            here._refresh_hold_state(today)

    # === STATE OF THE CUSTOMER ===#

    def _refresh_hold_state(self, today=None):
        """Write what a new order of these customers would meet, where that changed.

        Judged by an order of a cent: rules on the size of orders do not count.

        :return: number of profiles written
        """
        written = 0
        for company, profiles in self.sudo().grouped("company_id").items():
            day = today or company._collection_today()
            for batch in split_every(BATCH, profiles.ids, self.browse):
                written += batch._write_hold_state(company, day)
        return written

    def _write_hold_state(self, company, today):
        judge = self.env["sale.collection.order.judge"].with_company(company)
        strengths = judge._judge_customers(company, self.partner_id.ids, today)
        rows = [
            (profile.id, strengths[profile.partner_id.id])
            for profile in self.filtered(lambda one: one.partner_id.id in strengths)
            if (profile.hold_state or None) != strengths[profile.partner_id.id]
        ]
        update_rows(self.env, self._table, {"hold_state": "varchar"}, rows)
        self.browse(row[0] for row in rows).invalidate_recordset(
            ["hold_state"], flush=False
        )
        return len(rows)

    # === ACTIONS ===#

    def action_open_holds(self):
        """Open the customer's orders that were stopped."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_all_action"
        )
        return {**action, "domain": [("profile_id", "=", self.id)], "context": {}}

    def action_new_hold_rule(self):
        """Write a supply rule for this customer; it is switched on afterwards."""
        self.ensure_one()
        return self.env["sale.collection.hold.rule"]._get_records_action(
            name=self.env._("Supply rule"),
            context={
                "default_active": False,
                "default_name": self.partner_id.display_name,
                "default_company_id": self.company_id.id,
                "default_partner_ids": self.partner_id.ids,
            },
        )
