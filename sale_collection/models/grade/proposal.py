from math import ceil, floor, log10

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import formatLang

from ..core.sql import insert_rows
from ..profile.credit import POLICIES
from .grade import PROPOSALS

# A limit follows from the sales of this many months.
SALES_MONTHS = 12
# The columns of `_prepare_proposal_vals` with their types.
PROPOSED = {
    "profile_id": "int",
    "company_id": "int",
    "grade_id": "int",
    "date": "date",
    "average_sales": "numeric",
    "current_policy": "varchar",
    "current_limit": "numeric",
    "current_term_id": "int",
    "proposed_policy": "varchar",
    "proposed_limit": "numeric",
    "proposed_term_id": "int",
}


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
    """A change of limit and terms that follows from a grade, or from paying on time.

    Nothing changes until a credit controller accepts it.
    """

    _name = "sale.collection.proposal"
    _description = "Proposal of limit and terms"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
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
    prompt_count = fields.Integer(
        string="Instalments on time",
        readonly=True,
        help="Of a proposal for paying on time: the instalments of the quarter.",
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
    reason = fields.Char(
        string="Why",
        compute="_compute_reason",
        help="The change of grade behind it, and how the figures follow.",
    )
    factor_html = fields.Html(related="profile_id.factor_html")

    # === COMPUTE ===#

    @api.depends("profile_id", "date", "grade_id", "proposed_policy", "average_sales")
    @api.depends_context("lang")
    def _compute_reason(self):
        scores = self._collect_scores()
        for proposal in self:
            parts = (
                proposal._describe_grade(scores.get(proposal)),
                proposal._describe_terms(),
            )
            proposal.reason = ": ".join(filter(None, parts))

    def _collect_scores(self):
        """Return {proposal: the line of the grade history it followed from}."""
        scores = self.env["sale.collection.score"].search_fetch(
            [("profile_id", "in", self.profile_id.ids)],
            ["profile_id", "date", "points", "grade_id", "previous_grade_id"],
        )
        history = scores.grouped("profile_id")
        return {
            proposal: next(
                (
                    score
                    for score in history.get(proposal.profile_id, ())
                    if score.date <= proposal.date
                    and score.grade_id == proposal.grade_id
                ),
                None,
            )
            for proposal in self
        }

    def _describe_grade(self, score):
        """Return the grade, its points and the grade before it in words."""
        if not self.grade_id:
            return ""
        text = self.env._("Grade %(grade)s", grade=self.grade_id.name)
        if score and score.points is not False:
            text = self.env._(
                "%(grade)s, %(points)s points", grade=text, points=round(score.points)
            )
        if score and score.previous_grade_id:
            text = self.env._(
                "%(grade)s, before %(previous)s",
                grade=text,
                previous=score.previous_grade_id.name,
            )
        return text

    def _describe_terms(self):
        """Return how limit or terms follow from the grade in words."""
        if self.prompt_count:
            return self.env._(
                "all %(count)s instalments of the quarter on time",
                count=self.prompt_count,
            )
        if self.proposed_policy == "limit":
            return self.env._(
                "%(months)s months of sales of %(sales)s a month, rounded up",
                months=formatLang(self.env, self.grade_id.limit_months, digits=1),
                sales=self.currency_id.format(self.average_sales),
            )
        if self.proposed_policy == "prepay":
            return self.env._("this grade pays in advance")
        return self.env._(
            "this grade pays by %(terms)s", terms=self.proposed_term_id.name or "-"
        )

    # === ACTIONS ===#

    def action_accept(self):
        """Give the customers the proposed limits and terms."""
        self._check_decision()
        for proposal in self.sudo():
            proposal._accept(proposal._get_accepted_reason())

    def action_reject(self):
        """Leave limits and terms as they are."""
        self._check_decision()
        self.sudo()._record_decision("rejected")

    # === BUSINESS ===#

    def _check_decision(self):
        """Check that the user may decide and that nobody has yet."""
        self.check_access("write")
        if any(proposal.state != "open" for proposal in self):
            raise UserError(self.env._("This proposal is already decided."))

    def _accept(self, reason):
        """Give the customer the proposed terms."""
        self.ensure_one()
        self.env["sale.collection.credit.terms"]._set_terms(
            self.profile_id, self._prepare_terms(), reason
        )
        self._record_decision("accepted")
        if self.prompt_count:
            self.profile_id._thank()

    def _get_accepted_reason(self):
        """Return why the terms of a customer change, for their history."""
        if self.prompt_count:
            return self.env._("Paid on time")
        return self.env._("Proposal for grade %(grade)s", grade=self.grade_id.name)

    def _record_decision(self, state):
        """Write what was decided, by whom and when."""
        for company, proposals in self.grouped("company_id").items():
            proposals.sudo().write(
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

    # === PROPOSE ===#

    @api.model
    def _propose_terms(self, profiles, today):
        """Write the proposals of the customers' grades that would change anything.

        An open proposal is replaced by what the grade says now. A rejected one
        comes back only with the next change of grade or on request.
        """
        proposals = self.sudo()
        proposals._replace_open(profiles)
        graded = profiles.filtered(
            lambda profile: (
                profile.grade_id.credit_proposal in ("limit", "prepay")
                or profile.grade_id.payment_term_id
            )
        )
        sales = self._collect_average_sales(graded, today)
        proposed = [
            self._prepare_proposal_vals(profile, sales.get(profile.id, 0.0), today)
            for profile in graded
        ]
        return proposals._insert([vals for vals in proposed if self._is_change(vals)])

    @api.model
    def _insert(self, proposed):
        """Create proposals with one statement.

        The ORM would look up the currency anew for each amount.

        :param proposed: results of `_prepare_proposal_vals`
        """
        now, uid = self.env.cr.now(), self.env.uid
        ids = insert_rows(
            self.env,
            self._table,
            PROPOSED,
            [
                [None if vals[name] is False else vals[name] for name in PROPOSED]
                for vals in proposed
            ],
            {
                "state": "open",
                **{"create_uid": uid, "create_date": now},
                **{"write_uid": uid, "write_date": now},
            },
        )
        profiles = self.env["sale.collection.profile"]
        profiles.invalidate_model(["proposal_ids"], flush=False)
        return self.browse(ids)

    @api.model
    def _replace_open(self, profiles):
        """Let what is proposed now take the place of what nobody has decided yet."""
        still_open = [("profile_id", "in", profiles.ids), ("state", "=", "open")]
        self.search(still_open).write({"state": "replaced"})

    @api.model
    def _propose_better(self, profiles, term, percent, today):
        """Propose better terms to those of these customers who pay on time.

        Works in superuser mode: the caller checked the right to. Nobody is proposed
        what they have, or anything worse in any respect.

        :param profiles: of one company
        :param term: payment terms, or none
        :param float percent: by which limits are raised
        :return: the proposals
        """
        company, proposals = profiles.company_id, self.sudo()
        term = term.sudo().filtered(
            lambda one: not one.company_id or one.company_id.root_id == company
        )
        keys = [f"proposal:{customer.id}" for customer in profiles.partner_id]
        self.env["sale.collection.lock"].sudo()._take(company, keys)
        prompt = self.env["sale.collection.prompt"].sudo()
        records = prompt._find(company, today, profiles.partner_id.ids)
        payers = profiles.filtered(
            lambda one: not one.excluded and one.partner_id.id in records
        )
        outdone, wanted = self._find_outdone(payers, term, today), []
        for profile in payers:
            better = self._prepare_better(profile, term, outdone, percent, today)
            if better:
                count = records[profile.partner_id.id].count
                wanted.append({**better, "prompt_count": count})
        proposed = profiles.browse(vals["profile_id"] for vals in wanted)
        proposals._replace_open(proposed)
        return proposals.create(wanted)

    @api.model
    def _find_outdone(self, profiles, term, today):
        """Return which terms of these customers another one is better than: their ids.

        False among them stands for none.
        """
        is_better = self.env["sale.collection.prompt"]._is_better
        present = {
            profile._get_customer_sudo().property_payment_term_id
            for profile in profiles
        }
        return {own.id for own in present if term and is_better(term, own, today)}

    @api.model
    def _prepare_better(self, profile, term, outdone, percent, today):
        """Return the values of a proposal, nothing where no term would get better.

        :param outdone: the ids of the terms that `term` is better than
        """
        current = self._prepare_current_terms(profile)
        is_better = current["current_term_id"] in outdone
        limit = round_up(current["current_limit"] * (1 + percent / 100))
        is_higher = (
            percent > 0
            and current["current_policy"] == "limit"
            and limit > current["current_limit"] > 0
        )
        if not is_better and not is_higher:
            return {}
        return {
            "profile_id": profile.id,
            "company_id": profile.company_id.id,
            "grade_id": profile.grade_id.id,
            "date": today,
            **current,
            "proposed_policy": "limit" if is_higher else "none",
            "proposed_limit": limit if is_higher else 0.0,
            "proposed_term_id": is_better and term.id,
        }

    @api.model
    def _prepare_proposal_vals(self, profile, average_sales, today):
        grade, round_amount = profile.grade_id, profile.currency_id.round
        current = self._prepare_current_terms(profile)
        limit = average_sales * grade.limit_months
        return {
            "profile_id": profile.id,
            "company_id": profile.company_id.id,
            "grade_id": grade.id,
            "date": today,
            "average_sales": round_amount(average_sales),
            **current,
            "current_limit": round_amount(current["current_limit"]),
            "proposed_policy": grade.credit_proposal,
            "proposed_limit": (
                round_amount(round_up(limit))
                if grade.credit_proposal == "limit"
                else 0.0
            ),
            "proposed_term_id": grade.payment_term_id.id,
        }

    @api.model
    def _prepare_current_terms(self, profile):
        customer = profile._get_customer_sudo()
        return {
            "current_policy": profile.credit_policy,
            "current_limit": customer.credit_limit,
            "current_term_id": customer.property_payment_term_id.id,
        }

    @api.model
    def _collect_average_sales(self, profiles, today):
        """Return {profile id: average monthly sales} in company currency.

        Invoices less credit notes of the last 12 months, taxes included, with the
        imported trade history; a younger customer's sales are divided by the
        months since the first of them.
        """
        if not profiles:
            return {}
        self.env["account.move"].flush_model()
        self.env["sale.collection.history"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH sales AS (
                    SELECT p.id AS profile_id, m.invoice_date AS date,
                           m.amount_total_signed AS amount
                      FROM sale_collection_profile p
                      JOIN res_partner contact
                        ON contact.commercial_partner_id = p.partner_id
                      JOIN account_move m ON m.partner_id = contact.id
                      JOIN res_company c ON c.id = m.company_id
                     WHERE p.id = ANY(%(ids)s)
                       AND c.parent_path LIKE p.company_id::text || '/%%'
                       AND m.state = 'posted'
                       AND m.move_type IN ('out_invoice', 'out_refund', 'out_receipt')
                       AND m.invoice_date > %(start)s
                       AND m.invoice_date <= %(today)s
                 UNION ALL
                    SELECT p.id, h.invoice_date, h.amount_company
                      FROM sale_collection_profile p
                      JOIN sale_collection_history h
                        ON h.partner_id = p.partner_id
                       AND h.company_id = p.company_id
                     WHERE p.id = ANY(%(ids)s)
                       AND h.invoice_date > %(start)s
                       AND h.invoice_date <= %(today)s
                )
                SELECT profile_id,
                       SUM(amount) / LEAST(
                           %(months)s,
                           GREATEST(1, CEIL((%(today)s - MIN(date) + 1) / 30.4))
                       )
                  FROM sales
              GROUP BY profile_id
                """,
                ids=list(profiles.ids),
                start=fields.Date.subtract(today, months=SALES_MONTHS),
                today=today,
                months=SALES_MONTHS,
            )
        )
        return {profile_id: max(0.0, float(amount)) for profile_id, amount in rows}

    @api.model
    def _is_change(self, vals):
        """Whether accepting would change anything."""
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
