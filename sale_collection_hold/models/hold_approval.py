from odoo import api, fields, models


class SaleCollectionHoldApproval(models.Model):
    """From which amount who may let a held order go, and with how many people.

    Without any level every credit controller releases alone.
    """

    _name = "sale.collection.hold.approval"
    _description = "Approval level of releases"
    _order = "company_id, amount_from desc"
    _rec_name = "amount_from"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company.root_id,
        domain="[('parent_id', '=', False)]",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount_from = fields.Monetary(
        string="From",
        help="The level counts for releases of this amount and more, up to the next "
        "level.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Released by",
        domain=lambda self: self.env["res.company"]._get_collection_controller_domain(),
        help="Empty: every credit controller.",
    )
    needs_second = fields.Boolean(
        string="Second person",
        help="One person releases, another one confirms before supply goes on.",
    )

    _amount_once = models.Constraint(
        "UNIQUE (company_id, amount_from)",
        "From: there is a level from this amount already.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_from >= 0)", "From: an approval level starts at 0 or above."
    )

    @api.depends("amount_from", "currency_id")
    def _compute_display_name(self):
        for level in self:
            level.display_name = self.env._(
                "From %(amount)s", amount=level.currency_id.format(level.amount_from)
            )

    @api.model
    def _get_levels(self, company):
        """Return the levels of a company, the highest first."""
        return self.sudo().search(
            [("company_id", "=", company.root_id.id)], order="amount_from desc"
        )

    def _pick(self, amount):
        """Return the level of these, highest first, that an amount belongs to."""
        return next(
            (level for level in self if level.amount_from <= amount), self.browse()
        )
