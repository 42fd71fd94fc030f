from odoo import fields, models
from odoo.exceptions import UserError, ValidationError

#: Raising a limit by more is no thank-you but another limit.
MOST_PERCENT = 100


class SaleCollectionPromptOffer(models.TransientModel):
    """Proposes better terms to customers who pay on time; accepted like any others."""

    _name = "sale.collection.prompt.offer"
    _description = "Better terms for paying on time"
    _check_company_auto = True

    profile_ids = fields.Many2many(
        "sale.collection.profile", string="Customers", required=True
    )
    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company.root_id, required=True
    )
    term_id = fields.Many2one(
        "account.payment.term",
        string="Payment terms",
        check_company=True,
        help="Longer ones, or some with an early-payment discount. Only customers get "
        "them for whom they are better and in nothing worse.",
    )
    limit_percent = fields.Float(
        string="Raise credit limits by",
        digits=(5, 2),
        help="In percent, rounded up to two digits. Customers without a limit keep "
        "having none.",
    )

    def action_propose(self):
        """Write the proposals and show them with what else there is to decide."""
        self.ensure_one()
        proposals = self.env["sale.collection.proposal"]
        proposals.check_access("write")
        if not 0 <= self.limit_percent <= MOST_PERCENT:
            raise ValidationError(
                self.env._(
                    "Raise credit limits by: enter 0 to %(most)s percent.",
                    most=MOST_PERCENT,
                )
            )
        profiles = self._collection_get_given("profile_ids")
        term = self._collection_get_given("term_id")
        written = proposals.browse()
        for company, own in profiles.sudo().grouped("company_id").items():
            written |= proposals._propose_better(
                own, term, self.limit_percent, company._collection_today()
            )
        if not written:
            raise UserError(
                self.env._(
                    "None of these customers would get better terms by this: choose "
                    "customers who pay on time, and longer terms, a discount or a "
                    "higher limit."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.decision_action"
        )
        return {**action, "domain": [("profile_id", "in", written.profile_id.ids)]}
