from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# What a share can be set on, the closest to the money first.
TARGETS = ("move_line_id", "order_line_id", "order_id", "partner_id")


class SaleCollectionCommissionShare(models.Model):
    """Who earns on a customer, an order or a line, and how much of it.

    What is left to 100 % is the salesperson's. Posting an invoice freezes the shares
    of its lines.
    """

    _name = "sale.collection.commission.share"
    _description = "Commission share"
    _order = "id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", index="btree_not_null", ondelete="cascade"
    )
    order_id = fields.Many2one("sale.order", index="btree_not_null", ondelete="cascade")
    order_line_id = fields.Many2one(
        "sale.order.line",
        index="btree_not_null",
        ondelete="cascade",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Invoice line",
        index="btree_not_null",
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users", string="Rep", domain="[('share', '=', False)]", ondelete="cascade"
    )
    agent_id = fields.Many2one("res.partner", ondelete="cascade")
    percent = fields.Float(string="Share (%)", required=True, default=100.0)

    _one_target = models.Constraint(
        "CHECK(num_nonnulls(partner_id, order_id, order_line_id, move_line_id) = 1)",
        "A share belongs to one customer, order or line.",
    )
    _one_earner = models.Constraint(
        "CHECK(num_nonnulls(user_id, agent_id) = 1)",
        "A share is earned by a rep or by an agent: choose one of them.",
    )
    _percent_range = models.Constraint(
        "CHECK(percent > 0 AND percent <= 100)",
        "Share: enter a percentage above 0, up to 100.",
    )

    @api.constrains("percent", *TARGETS)
    def _check_total(self):
        for target in TARGETS:
            records = self.mapped(target)
            groups = self._read_group(
                Domain(target, "in", records.ids), [target], ["percent:sum"]
            )
            for record, total in groups:
                if total > 100.0001:
                    raise ValidationError(
                        self.env._(
                            "Share: %(total)s %% of %(name)s is given away, at most "
                            "100 %% can be.",
                            total=round(total, 2),
                            name=record.display_name,
                        )
                    )
