from odoo import api, fields, models


class SaleCollectionHold(models.Model):
    """The list of held orders: what it shows, and the dialogs it opens."""

    _inherit = "sale.collection.hold"

    age_days = fields.Integer(
        string="Days held", compute="_compute_age_days", help="Since it was stopped."
    )
    reason_text = fields.Text(string="Why", compute="_compute_texts")
    cure_text = fields.Text(string="What frees supply", compute="_compute_texts")
    reason_line = fields.Char(string="Why in short", compute="_compute_texts")
    cure_line = fields.Char(
        string="Cheapest cure",
        compute="_compute_texts",
        help="What frees supply for the least money.",
    )
    is_own_order = fields.Boolean(
        compute="_compute_is_own_order", export_string_translation=False
    )
    grade_id = fields.Many2one(related="profile_id.grade_id")
    grade_color = fields.Integer(
        related="profile_id.grade_id.color",
        string="Grade color",
        export_string_translation=False,
    )
    amount_overdue = fields.Monetary(related="profile_id.amount_overdue")
    oldest_due_date = fields.Date(related="profile_id.oldest_due_date")
    avg_days_late = fields.Float(related="profile_id.avg_days_late")
    promise_kept_ratio = fields.Float(related="profile_id.promise_kept_ratio")
    available_credit = fields.Monetary(related="profile_id.available_credit")
    last_payment_date = fields.Date(related="profile_id.last_payment_date")
    order_date = fields.Datetime(related="order_id.date_order", string="Ordered on")

    # === COMPUTE ===#

    @api.depends("held_at", "state", "released_at")
    def _compute_age_days(self):
        for hold in self:
            end = hold.released_at if hold.state != "active" else False
            since = hold.held_at or fields.Datetime.now()
            hold.age_days = max(0, ((end or fields.Datetime.now()) - since).days)

    @api.depends("reasons", "cures")
    @api.depends_context("lang")
    def _compute_texts(self):
        for hold in self:
            currency = hold.currency_id
            reasons = self._describe_reasons(hold.reasons, currency)
            cures = self._describe_cures(hold.cures, currency)
            hold.reason_text = "\n".join(reasons)
            hold.cure_text = "\n".join(cures)
            hold.reason_line = "; ".join(reasons)
            hold.cure_line = cures[0] if cures else False

    @api.depends("user_id", "order_id.collection_hold_ids.sold_by_id")
    @api.depends_context("uid")
    def _compute_is_own_order(self):
        for hold in self:
            hold.is_own_order = self.env.user in hold._get_sellers()

    def _get_state_label(self):
        states = dict(self._fields["state"]._description_selection(self.env))
        return states[self.state]

    # === ACTIONS ===#

    def action_open_release(self):
        """Open the dialog that lets these orders go."""
        self._check_controller()
        return self._open_dialog(
            "sale.collection.hold.release",
            self.env._("Release"),
            {"default_hold_ids": self.ids},
        )

    def action_open_reject(self):
        """Open the dialog that says why these orders are not supplied."""
        self._check_controller()
        return self._open_message("reject", self.env._("Do not supply"))

    def action_open_question(self):
        """Open the dialog that asks the salespersons of these orders."""
        self._check_controller()
        return self._open_message("question", self.env._("Ask the salesperson"))

    def action_open_request(self):
        """Open the dialog that asks the controller for release."""
        self.ensure_one()
        return self.order_id.action_collection_request_release()

    def action_open_order(self):
        """Open the order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "view_mode": "form",
        }

    def action_open_check(self):
        """Show what every rule says of the order."""
        self.ensure_one()
        return self.order_id.action_collection_check()

    def action_recheck(self):
        """Judge these orders again, now."""
        self._check_controller()
        self.sudo().order_id._collection_recheck()
        return True

    def _open_message(self, kind, title):
        return self._open_dialog(
            "sale.collection.hold.message",
            title,
            {"default_kind": kind, "default_hold_ids": self.ids},
        )

    @api.model
    def _open_dialog(self, model, title, context):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": context,
        }
