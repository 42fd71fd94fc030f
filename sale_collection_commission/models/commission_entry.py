from odoo import api, fields, models

KINDS = [
    ("accrual", "Money collected"),
    ("rounding", "Rounding"),
    ("advance", "Advance at invoice"),
    ("claw_back", "Advance taken back"),
    ("give_back", "Advance given back"),
    ("override", "Manager's share"),
    ("bounty", "Old debt collected"),
    ("loss", "Bad debt"),
    ("tier", "Tier of the period"),
    ("cap", "Cap of the period"),
]


class SaleCollectionCommissionEntry(models.Model):
    """What one earner has from one row of money at one rate.

    Append-only: money undone is answered by the exact negative, also after it was
    paid out. Amounts are in the currency of the invoice.
    """

    _name = "sale.collection.commission.entry"
    _inherit = ["sale.collection.append.only"]
    _description = "Commission entry"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "move_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    receipt_id = fields.Many2one(
        "sale.collection.receipt",
        string="Money",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Empty for what no money stands for, such as an advance or a tier.",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    move_ref = fields.Integer(
        readonly=True, index="btree_not_null", export_string_translation=False
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Rep",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    agent_id = fields.Many2one(
        "res.partner", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    plan_id = fields.Many2one(
        "sale.collection.commission.plan",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    rate_id = fields.Many2one(
        "sale.collection.commission.rate",
        string="Rule",
        readonly=True,
        ondelete="restrict",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True, default="accrual")
    cent_of = fields.Char(
        readonly=True,
        export_string_translation=False,
        help="The kind of entries a rounding belongs to.",
    )
    date = fields.Date(required=True, readonly=True, help="Day of the money.")
    booked_at = fields.Datetime(required=True, readonly=True, index=True)
    days_late = fields.Integer(
        string="Judged days late",
        readonly=True,
        aggregator="avg",
        help="Days late after grace and without the days we were at fault.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    base_amount = fields.Monetary(
        string="Base",
        readonly=True,
        help="The part of the invoice this money stands for, at this rate.",
    )
    rate = fields.Float(
        string="Rate (%)", readonly=True, digits=(6, 3), aggregator=None
    )
    factor = fields.Float(
        string="Timeliness factor",
        readonly=True,
        aggregator=None,
        help="With that of the payment form.",
    )
    share = fields.Float(readonly=True, aggregator=None, help="1: all of it.")
    advanced = fields.Monetary(
        string="Advance set off",
        readonly=True,
        help="Part of the commission that was paid when the invoice was posted.",
    )
    detail = fields.Char(
        readonly=True, export_string_translation=False, help="The figures, in short."
    )
    exact = fields.Float(
        readonly=True, digits=(24, 12), aggregator=None, export_string_translation=False
    )
    amount = fields.Monetary(string="Commission", required=True, readonly=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    amount_company = fields.Monetary(
        string="Commission in company currency",
        readonly=True,
        currency_field="company_currency_id",
    )
    reversal_of_id = fields.Many2one(
        "sale.collection.commission.entry",
        string="Takes back",
        readonly=True,
        ondelete="restrict",
    )
    # Which time this receipt is accrued: two sessions that accrue at once collide.
    occurrence = fields.Integer(
        required=True, readonly=True, default=1, export_string_translation=False
    )

    explanation = fields.Char(compute="_compute_explanation")
    paid_with = fields.Char(related="receipt_id.counterpart_text", string="Paid with")

    _accrued_once = models.UniqueIndex(
        "(receipt_id, COALESCE(user_id, 0), COALESCE(agent_id, 0), plan_id, "
        "COALESCE(rate_id, 0), kind, occurrence) WHERE receipt_id IS NOT NULL "
        "AND reversal_of_id IS NULL AND kind <> 'rounding'",
        "This money has earned its commission already.",
    )
    _booked_once = models.UniqueIndex(
        "(COALESCE(move_ref, 0), COALESCE(user_id, 0), COALESCE(agent_id, 0), plan_id, "
        "COALESCE(rate_id, 0), kind, date, occurrence) WHERE receipt_id IS NULL "
        "AND reversal_of_id IS NULL AND kind <> 'rounding'",
        "This advance, tier or cap is booked already.",
    )
    _reversed_once = models.UniqueIndex(
        "(reversal_of_id) WHERE reversal_of_id IS NOT NULL",
        "A commission is taken back once.",
    )

    # === COMPUTE ===#

    @api.depends(
        "base_amount", "rate", "factor", "share", "kind", "currency_id", "advanced"
    )
    def _compute_explanation(self):
        for entry in self:
            entry.explanation = entry._explain()

    def _explain(self):
        """Say in one line how the amount came about."""
        self.ensure_one()
        if self.kind == "rounding":
            return self.env._("Cent left after money was undone")
        if self.detail:
            kinds = dict(self._fields["kind"]._description_selection(self.env))
            return f"{kinds[self.kind]}: {self.detail}"
        formula = self.env._(
            "%(base)s x %(rate)s %% x %(factor)s x %(share)s %%",
            base=self.currency_id.format(self.base_amount),
            rate=f"{self.rate:g}",
            factor=f"{self.factor:g}",
            share=f"{self.share * 100:g}",
        )
        if not self.advanced:
            return formula
        return self.env._(
            "%(formula)s - %(amount)s advanced",
            formula=formula,
            amount=self.currency_id.format(self.advanced),
        )

    # === CRUD ===#

    @api.model
    def _get_append_only_message(self):
        return self.env._(
            "Commission follows the money and cannot be edited. Correct the payment, "
            "the plan or the shares and recompute what is not settled yet."
        )
