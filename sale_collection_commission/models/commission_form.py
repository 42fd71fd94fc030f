from odoo import fields, models

from ..tools import commission_plan


class SaleCollectionCommissionForm(models.Model):
    """How a form of payment counts, told by the journal the money came to."""

    _name = "sale.collection.commission.form"
    _inherit = ["sale.collection.commission.plan.part"]
    _description = "Payment form factor"
    _order = "id"

    plan_id = fields.Many2one(
        "sale.collection.commission.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id")
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        ondelete="cascade",
        domain="[('type', 'in', ('bank', 'cash', 'credit')),"
        " ('company_id', '=', company_id)]",
    )
    factor = fields.Float(
        string="Payment form factor",
        required=True,
        default=1.0,
        help="1 pays the full rate.",
    )

    matures = fields.Boolean(
        string="Cheque or bill",
        help="Where money counts once it has cleared: at maturity, without bank line.",
    )
    term_days = fields.Integer(
        string="Days to maturity",
        help="From the maturity on the payment's journal item, else its date.",
    )

    _term_positive = models.Constraint(
        "CHECK(COALESCE(term_days, 0) >= 0)", "Days to maturity: enter zero or more."
    )
    _factor_range = models.Constraint(
        "CHECK(factor >= 0 AND factor <= 10)",
        "Factor: enter a number between 0 and 10.",
    )
    _journal_once = models.Constraint(
        "UNIQUE(plan_id, journal_id)", "Payment forms: a journal stands here once."
    )

    def _get_form(self):
        """Return the payment form as plain values."""
        self.ensure_one()
        days = self.term_days if self.matures else None
        return commission_plan.Form(factor=self.factor, term_days=days)
