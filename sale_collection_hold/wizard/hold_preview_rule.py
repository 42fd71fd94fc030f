from odoo import fields, models

from odoo.addons.sale_collection.tools.window import open_list

OUTCOMES = [
    ("hit", "Applies"),
    ("miss", "Does not apply"),
    ("overridden", "A nearer rule counts"),
    ("exempt", "Exempted"),
]


class SaleCollectionHoldPreviewRule(models.TransientModel):
    """What one rule does: to the customers and open orders of today, to the orders of
    the past, or, one row a condition, to the order that is checked."""

    _name = "sale.collection.hold.preview.rule"
    _description = "Previewed supply rule"
    _order = "held_amount desc, id"
    _transient_max_hours = 12

    preview_id = fields.Many2one(
        "sale.collection.hold.preview", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="preview_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    rule_id = fields.Many2one(
        "sale.collection.hold.rule", readonly=True, ondelete="cascade"
    )
    summary = fields.Text(related="rule_id.summary")
    kind = fields.Selection(related="rule_id.kind")
    in_use = fields.Boolean(related="rule_id.active")
    strength = fields.Selection(
        selection=lambda self: (
            self.env["sale.collection.hold.rule"]
            ._fields["strength"]
            ._description_selection(self.env)
        ),
        string="What happens",
        readonly=True,
    )

    # === TODAY ===#

    partner_refs = fields.Json(readonly=True, export_string_translation=False)
    partner_count = fields.Integer(string="Customers", readonly=True)
    order_refs = fields.Json(readonly=True, export_string_translation=False)
    order_count = fields.Integer(string="Open orders", readonly=True)
    order_amount = fields.Monetary(string="Amount", readonly=True)

    # === THE PAST ===#

    held_count = fields.Integer(string="Stopped", default=0, readonly=True)
    held_amount = fields.Monetary(string="Amount stopped", default=0, readonly=True)
    caught_count = fields.Integer(string="Rightly stopped", readonly=True)
    false_count = fields.Integer(string="False holds", readonly=True)

    # === ONE ORDER ===#

    rule_name = fields.Char(string="Rule name", readonly=True)
    code = fields.Selection(
        selection=lambda self: (
            self.env["sale.collection.hold.condition"]
            ._fields["code"]
            ._description_selection(self.env)
        ),
        string="Condition",
        readonly=True,
    )
    measured = fields.Char(readonly=True)
    threshold = fields.Char(string="Allowed", readonly=True)
    is_hit = fields.Boolean(string="Exceeded", readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    by_id = fields.Many2one(
        "sale.collection.hold.rule",
        string="Exempted by",
        readonly=True,
        ondelete="cascade",
    )

    def action_open_customers(self):
        """Open the customers this rule hits today."""
        self.ensure_one()
        return self._open_hit(
            "sale.collection.profile",
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", self.partner_refs or []),
            ],
        )

    def action_open_orders(self):
        """Open the open orders this rule hits today."""
        self.ensure_one()
        return self._open_hit("sale.order", [("id", "in", self.order_refs or [])])

    def _open_hit(self, model, domain):
        return open_list(
            self.env._("%(rule)s applies", rule=self.rule_id.name),
            model,
            domain,
        )

    def action_open_rule(self):
        """Open the rule."""
        self.ensure_one()
        return self.rule_id._get_records_action(name=self.rule_id.name, context={})

    def action_switch(self):
        """Open the dialog that puts the rule in use."""
        self.ensure_one()
        return self.rule_id.action_open_switch()
