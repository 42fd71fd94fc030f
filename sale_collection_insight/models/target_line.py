from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..report.target_customer import FIGURES
from ..tools.target import gap, take_rest


class SaleCollectionTargetLine(models.Model):
    """What one customer is to bring of a target, or, of no customer, all others."""

    _name = "sale.collection.target.line"
    _description = "Target of a customer"
    _order = "target_id, partner_id nulls last, id"
    _rec_name = "partner_id"

    target_id = fields.Many2one(
        "sale.collection.target",
        string="Whole target",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="target_id.company_id")
    currency_id = fields.Many2one(related="target_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        domain="['|', ('parent_id', '=', False), ('is_company', '=', True)]",
        index="btree_not_null",
        ondelete="restrict",
        help="Empty: all other customers.",
    )
    name = fields.Char(string="For", compute="_compute_name")
    amount = fields.Monetary(string="Target", required=True)
    due = fields.Monetary(compute="_compute_figures")
    collected = fields.Monetary(compute="_compute_figures")
    unapplied = fields.Monetary(string="Not matched yet", compute="_compute_figures")
    promised = fields.Monetary(compute="_compute_figures")
    expected = fields.Monetary(compute="_compute_figures")
    gap_promised = fields.Monetary(
        string="Gap against promised", compute="_compute_figures"
    )
    gap_expected = fields.Monetary(
        string="Gap against expected", compute="_compute_figures"
    )

    _amount_not_negative = models.Constraint(
        "CHECK(amount >= 0)", "By customer: an amount cannot be below zero."
    )

    # === COMPUTE ===#

    @api.depends("partner_id")
    @api.depends_context("lang")
    def _compute_name(self):
        for line in self:
            line.name = line.partner_id.sudo().name or self.env._("Others")

    @api.depends("target_id", "partner_id", "amount")
    def _compute_figures(self):
        by_customer = self.target_id._collect_figures(by_customer=True)
        nothing = dict.fromkeys(FIGURES, 0.0)
        for target, lines in self.grouped("target_id").items():
            total = dict(nothing)
            for (target_id, _partner_id), figures in by_customer.items():
                if target_id == target._origin.id:
                    total = {name: total[name] + figures[name] for name in FIGURES}
            named = {
                one.id: by_customer.get((target._origin.id, one.id), nothing)
                for one in target.sudo().line_ids.partner_id._origin
            }
            rest = take_rest(total, list(named.values()))
            for line in lines:
                line._set_figures(named.get(line.partner_id._origin.id, rest))

    def _set_figures(self, figures):
        """Show these figures, and what is missing after them."""
        missing = gap(
            self.amount,
            figures["collected"],
            figures["promised"],
            figures["expected"],
        )
        self.update(
            {
                **figures,
                "gap_promised": missing.promised,
                "gap_expected": missing.expected,
            }
        )

    # === CHECKS ===#

    @api.constrains("target_id", "partner_id")
    def _check_customer(self):
        for target, lines in self.grouped("target_id").items():
            customers = [line.partner_id for line in target.line_ids]
            if len(customers) != len(set(customers)):
                raise ValidationError(
                    self.env._(
                        "By customer: each customer has one line. What none of them "
                        "has is for the others and is worked out."
                    )
                )
            for customer in lines.partner_id:
                if customer != customer.commercial_partner_id:
                    raise ValidationError(
                        self.env._(
                            "By customer: choose %(company)s instead of its contact "
                            "%(contact)s.",
                            company=customer.commercial_partner_id.display_name,
                            contact=customer.display_name,
                        )
                    )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.target_id._set_rest()
        return lines

    def write(self, vals):
        targets = self.target_id
        res = super().write(vals)
        (targets | self.target_id)._set_rest()
        return res

    def unlink(self):
        targets = self.target_id
        res = super().unlink()
        targets.exists()._set_rest()
        return res

    # === MERGE ===#

    def _hand_over(self, customer):
        """Give these lines to `customer`: of one target they become one line."""
        for lines in self.grouped("target_id").values():
            kept, amount = lines[0], sum(lines.mapped("amount"))
            (lines - kept).unlink()
            kept.write({"partner_id": customer.id, "amount": amount})
