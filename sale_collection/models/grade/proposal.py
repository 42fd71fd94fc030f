from math import ceil, floor, log10

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..profile.profile import POLICIES
from .grade import PROPOSALS


def round_up(amount):
    """Round a limit up to two digits, so that nobody quarrels about cents.

    >>> [round_up(amount) for amount in (0, 98.2, 12341, 560000)]
    [0.0, 99.0, 13000.0, 560000.0]
    """
    if amount <= 0:
        return 0.0
    step = 10 ** max(0, floor(log10(amount)) - 1)
    return float(ceil(amount / step) * step)


class SaleCollectionProposal(models.Model):
    """A change of limit and terms that follows from a grade.

    Nothing changes until a credit controller accepts it.
    """

    _name = "sale.collection.proposal"
    _description = "Proposal of limit and terms"
    _order = "date desc, id desc"
    _rec_name = "profile_id"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    date = fields.Date(required=True, readonly=True)
    grade_id = fields.Many2one(
        "sale.collection.grade", readonly=True, ondelete="restrict"
    )
    grade_color = fields.Integer(
        related="grade_id.color", string="Grade color", export_string_translation=False
    )
    average_sales = fields.Monetary(
        string="Sales per month",
        readonly=True,
        help="Average of the customer's invoices, taxes included, less credit notes, "
        "over the last 12 months.",
    )
    current_policy = fields.Selection(POLICIES, string="Current policy", readonly=True)
    current_limit = fields.Monetary(string="Current limit", readonly=True)
    current_term_id = fields.Many2one(
        "account.payment.term", string="Current terms", readonly=True
    )
    proposed_policy = fields.Selection(
        PROPOSALS, string="Proposal", required=True, readonly=True
    )
    proposed_limit = fields.Monetary(string="Proposed limit", readonly=True)
    proposed_term_id = fields.Many2one(
        "account.payment.term",
        string="Proposed terms",
        readonly=True,
        help="Empty: the terms stay.",
    )
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("replaced", "Replaced"),
        ],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_on = fields.Date(string="Decided on", readonly=True)

    # === ACTIONS ===#

    def action_accept(self):
        """Give the customers the proposed limits and terms."""
        self._check_decision()
        for proposal in self.sudo():
            proposal._accept(
                self.env._("Proposal for grade %(grade)s", grade=proposal.grade_id.name)
            )

    def action_reject(self):
        """Leave limits and terms as they are."""
        self._check_decision()
        self.sudo()._close("rejected")

    # === BUSINESS ===#

    def _check_decision(self):
        self.check_access("write")
        if any(proposal.state != "open" for proposal in self):
            raise UserError(self.env._("This proposal is already decided."))

    def _accept(self, reason):
        self.ensure_one()
        self.profile_id._set_credit_terms(self._prepare_terms(), reason)
        self._close("accepted")

    def _close(self, state):
        for company, proposals in self.grouped("company_id").items():
            proposals.write(
                {
                    "state": state,
                    "decided_by_id": self.env.uid,
                    "decided_on": company._collection_today(),
                }
            )

    def _prepare_terms(self):
        """Return the credit terms to write, by field name."""
        terms = {}
        if self.proposed_policy != "none":
            terms["credit_policy"] = self.proposed_policy
        if self.proposed_policy == "limit":
            terms["credit_limit"] = self.proposed_limit
        if self.proposed_term_id:
            terms["property_payment_term_id"] = self.proposed_term_id.id
        return terms

    @api.model
    def _is_change(self, vals):
        """Would accepting change anything?"""
        policy = vals["proposed_policy"]
        if policy != "none" and policy != vals["current_policy"]:
            return True
        if (
            policy == "limit"
            and abs(vals["proposed_limit"] - vals["current_limit"]) >= 0.01
        ):
            return True
        term = vals["proposed_term_id"]
        return bool(term) and term != vals["current_term_id"]
