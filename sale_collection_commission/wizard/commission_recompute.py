from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.sale_collection.tools.window import open_dialog


class SaleCollectionCommissionRecompute(models.TransientModel):
    """Let unsettled commission follow what was decided since, after a preview."""

    _name = "sale.collection.commission.recompute"
    _description = "Recompute commission"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        string="Money from", required=True, default=lambda self: self._get_month_start()
    )
    date_to = fields.Date(string="Money to")
    plan_ids = fields.Many2many(
        "sale.collection.commission.plan",
        "sale_collection_recompute_plan_rel",
        "recompute_id",
        "plan_id",
        string="Plans",
        context={"active_test": False},
        help="Plans that paid; empty: all.",
    )
    user_ids = fields.Many2many(
        "res.users",
        "sale_collection_recompute_user_rel",
        "recompute_id",
        "user_id",
        string="Reps",
        domain="[('share', '=', False)]",
        help="Empty: everybody.",
    )
    line_ids = fields.One2many(
        "sale.collection.commission.recompute.line", "recompute_id", readonly=True
    )
    is_previewed = fields.Boolean()

    @api.model
    def _get_month_start(self):
        return self.env.company._collection_today().replace(day=1)

    @api.onchange("date_from", "date_to", "plan_ids", "user_ids", "company_id")
    def _onchange_scope(self):
        """Drop the preview when another scope is chosen."""
        self.is_previewed = False
        self.line_ids = [fields.Command.clear()]

    def action_preview(self):
        """List what would change, and change nothing."""
        self.ensure_one()
        changes = self._get_accrual()._preview_changes(self._get_money())
        totals = {}
        for (_money, *place), amounts in changes.items():
            before, after = totals.get(tuple(place), (0.0, 0.0))
            totals[tuple(place)] = (before + amounts[0], after + amounts[1])
        names = ("move_id", "user_id", "agent_id", "currency_id")
        self.line_ids = [fields.Command.clear()] + [
            fields.Command.create(
                {
                    **dict(zip(names, place, strict=True)),
                    "amount_before": before,
                    "amount_after": after,
                }
            )
            for place, (before, after) in totals.items()
        ]
        self.is_previewed = True
        return open_dialog(self.env._("Recompute commission"), self._name, self.id)

    def action_apply(self):
        """Book the changes the preview has shown."""
        self.ensure_one()
        if not self.is_previewed:
            raise UserError(self.env._("Preview the changes first."))
        self._get_accrual()._recompute_money(self._get_money())
        return {"type": "ir.actions.act_window_close"}

    def _get_accrual(self):
        """Return the accrual with the rights of the system.

        :raise AccessError: the user is no manager
        """
        if not self.env.user.has_group("sale_collection.group_manager"):
            raise AccessError(self.env._("Only managers recompute commission."))
        return self.env["sale.collection.commission.accrual"].sudo()

    def _get_money(self):
        """Return the ids of the money in the scope chosen.

        :raise AccessError: the manager may not see the company
        """
        company = self._collection_get_given("company_id")
        domain = Domain(
            [
                ("company_id", "child_of", company.id),
                ("date", ">=", self.date_from),
            ]
        )
        if self.date_to:
            domain &= Domain("date", "<=", self.date_to)
        if self.user_ids:
            # Also what they are to have now that the salesperson was corrected.
            domain &= Domain("user_id", "in", self.user_ids.ids) | Domain(
                "move_id.invoice_user_id", "in", self.user_ids.ids
            )
        if self.plan_ids:
            domain &= Domain("plan_id", "in", self.plan_ids.ids)
            return self._get_accrual()._find_unsettled(domain)
        return self._get_accrual()._find_unsettled(domain, gap_domain=domain)


class SaleCollectionCommissionRecomputeLine(models.TransientModel):
    """What one earner has of an invoice now, and would have."""

    _name = "sale.collection.commission.recompute.line"
    _description = "Change of commission"

    recompute_id = fields.Many2one(
        "sale.collection.commission.recompute", required=True, ondelete="cascade"
    )
    move_id = fields.Many2one("account.move", string="Invoice")
    user_id = fields.Many2one("res.users", string="Rep")
    agent_id = fields.Many2one("res.partner")
    currency_id = fields.Many2one("res.currency")
    amount_before = fields.Monetary(string="Now")
    amount_after = fields.Monetary(string="Then")
    amount_change = fields.Monetary(string="Change", compute="_compute_change")

    @api.depends("amount_before", "amount_after")
    def _compute_change(self):
        for line in self:
            line.amount_change = line.amount_after - line.amount_before
