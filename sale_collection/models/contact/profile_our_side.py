from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionProfile(models.Model):
    """What we still owe the customer: to be known before asking for money."""

    _inherit = "sale.collection.profile"

    our_undelivered_count = fields.Integer(
        string="Order lines not delivered", compute="_compute_our_undelivered_count"
    )
    our_draft_credit_count = fields.Integer(
        string="Draft credit notes", compute="_compute_our_draft_credits"
    )
    our_draft_credit_amount = fields.Monetary(
        string="Credit notes not posted", compute="_compute_our_draft_credits"
    )
    has_our_side = fields.Boolean(
        string="Something open on our side",
        compute="_compute_has_our_side",
        help="Something on our side is open: a dispute, a delivery, a credit.",
    )

    # === COMPUTE ===#

    @api.depends("partner_id")
    def _compute_our_undelivered_count(self):
        counts = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            counts.update(
                ((company, partner_id), len(line_ids))
                for partner_id, line_ids in profiles._read_undelivered(company)
            )
        for profile in self:
            key = profile.company_id, profile.partner_id.id
            profile.our_undelivered_count = counts.get(key, 0)

    @api.depends("partner_id")
    def _compute_our_draft_credits(self):
        groups = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            found = (
                self.env["account.move"]
                .sudo()
                ._read_group(
                    profiles._get_draft_credit_domain(),
                    ["commercial_partner_id"],
                    ["__count", "amount_total_signed:sum"],
                )
            )
            groups.update(((company, partner), rest) for partner, *rest in found)
        for profile in self:
            key = profile.company_id, profile.partner_id
            count, amount = groups.get(key, (0, 0.0))
            profile.our_draft_credit_count = count
            profile.our_draft_credit_amount = -amount

    @api.depends(
        "open_dispute_count",
        "our_undelivered_count",
        "our_draft_credit_count",
        "amount_unapplied",
    )
    def _compute_has_our_side(self):
        for profile in self:
            profile.has_our_side = bool(
                profile.open_dispute_count
                or profile.our_undelivered_count
                or profile.our_draft_credit_count
                or profile.amount_unapplied
            )

    # === COLLECT ===#

    def _get_draft_credit_domain(self):
        return [
            ("move_type", "=", "out_refund"),
            ("state", "=", "draft"),
            ("commercial_partner_id", "in", self.partner_id.ids),
            ("company_id", "child_of", self.company_id.ids),
        ]

    def _read_undelivered(self, company):
        """Return (customer id, ids of order lines with goods not delivered yet)."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT customer.commercial_partner_id, ARRAY_AGG(line.id)
                  FROM sale_order_line line
                  JOIN sale_order ordered ON ordered.id = line.order_id
                  JOIN res_partner customer ON customer.id = ordered.partner_invoice_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template template
                    ON template.id = product.product_tmpl_id
                 WHERE ordered.state = 'sale'
                   AND template.type = 'consu'
                   AND line.qty_delivered < line.product_uom_qty
                   AND customer.commercial_partner_id = ANY(%(partners)s)
                   AND ordered.company_id IN (
                       SELECT id FROM res_company WHERE parent_path LIKE %(tree)s
                   )
              GROUP BY customer.commercial_partner_id
                """,
                partners=self.partner_id.ids,
                tree=f"{company.parent_path}%",
            )
        )

    # === ACTIONS ===#

    def action_open_undelivered(self):
        """Open the order lines with goods we have not delivered yet."""
        self.ensure_one()
        rows = dict(self.sudo()._read_undelivered(self.company_id.sudo()))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Not delivered yet"),
            "res_model": "sale.order.line",
            "view_mode": "list,form",
            "domain": [("id", "in", rows.get(self.partner_id.id, []))],
            "context": {"create": False},
        }

    def action_open_draft_credits(self):
        """Open the credit notes we have not posted yet."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit notes not posted"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": self._get_draft_credit_domain(),
            "context": {"create": False},
        }

    def action_open_unapplied(self):
        """Open the payments and credit notes not matched to an invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Not matched yet"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("amount_residual", "<", 0),
                ("company_id", "child_of", self.company_id.id),
            ],
            "context": {"create": False},
        }
