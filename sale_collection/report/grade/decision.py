from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

# The model of each kind; a row's id says which record of which kind it stands for.
MODELS = {
    "review": "sale.collection.review",
    "proposal": "sale.collection.proposal",
    "override": "sale.collection.grade.override",
}


class SaleCollectionDecision(models.Model):
    """What credit controllers decide or have decided about the credit of customers.

    One row for each credit review, each proposal of limit and terms and each grade
    set by hand. The row opens the record itself.
    """

    _name = "sale.collection.decision"
    _inherit = ["sale.collection.titled"]
    _description = "Credit decision"
    _auto = False
    _order = "is_open desc, date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "sale.collection.grade.override": [
            "company_id",
            "date_from",
            "date_until",
            "ended_on",
            "profile_id",
            "user_id",
        ],
        "sale.collection.profile": ["partner_id"],
        "sale.collection.proposal": [
            "company_id",
            "date",
            "decided_by_id",
            "profile_id",
            "state",
        ],
        "sale.collection.review": [
            "company_id",
            "date",
            "decided_by_id",
            "profile_id",
            "state",
            "user_id",
            "valid_until",
        ],
    }

    kind = fields.Selection(
        [
            ("review", "Credit review"),
            ("proposal", "Limit and terms"),
            ("override", "Grade set by hand"),
        ],
        readonly=True,
    )
    record_id = fields.Integer(readonly=True)
    profile_id = fields.Many2one(
        "sale.collection.profile", string="Credit profile", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    what = fields.Char(string="What is decided", compute="_compute_what")
    reason = fields.Char(
        string="Why",
        compute="_compute_reason",
        help="Only proposals of limit and terms have one.",
    )
    date = fields.Date(readonly=True)
    valid_until = fields.Date(string="Valid until", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        readonly=True,
        help="Who decided; until then the reviewer.",
    )
    state = fields.Selection(
        [
            ("open", "To decide"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("over", "Replaced or ended"),
        ],
        readonly=True,
    )
    is_open = fields.Boolean(string="To decide", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT decision.*, profile.partner_id, decision.state = 'open' AS is_open
              FROM (%s) decision
              JOIN sale_collection_profile profile ON profile.id = decision.profile_id
            """,
            SQL(" UNION ALL ").join(
                [
                    self._get_review_sql(),
                    self._get_proposal_sql(),
                    self._get_override_sql(),
                ]
            ),
        )

    def _get_review_sql(self):
        return SQL(
            """
            SELECT id * 3 AS id, 'review' AS kind, id AS record_id, profile_id,
                   company_id, date, valid_until,
                   COALESCE(decided_by_id, user_id) AS user_id,
                   CASE state WHEN 'draft' THEN 'open' WHEN 'approved' THEN 'accepted'
                        ELSE state END AS state
              FROM sale_collection_review
            """
        )

    def _get_proposal_sql(self):
        return SQL(
            """
            SELECT id * 3 + 1, 'proposal', id, profile_id, company_id, date, NULL::date,
                   decided_by_id,
                   CASE state WHEN 'replaced' THEN 'over' ELSE state END
              FROM sale_collection_proposal
            """
        )

    def _get_override_sql(self):
        return SQL(
            """
            SELECT id * 3 + 2, 'override', id, profile_id, company_id, date_from,
                   date_until, user_id,
                   CASE WHEN ended_on IS NULL THEN 'accepted' ELSE 'over' END
              FROM sale_collection_grade_override
            """
        )

    @api.depends_context("lang")
    def _compute_what(self):
        describers = {
            "review": self._describe_review,
            "proposal": self._describe_proposal,
            "override": self._describe_override,
        }
        for kind, decisions in self.grouped("kind").items():
            # All of a kind are read at once.
            records = decisions._get_records(kind)
            for decision, record in zip(decisions, records, strict=True):
                decision.what = describers[kind](record)

    @api.depends_context("lang")
    def _compute_reason(self):
        self.reason = False
        proposed = self.filtered(lambda decision: decision.kind == "proposal")
        proposals = proposed._get_records("proposal")
        for decision, proposal in zip(proposed, proposals, strict=True):
            decision.reason = proposal.reason

    def _get_records(self, kind):
        """Return the records of the rows of one kind, in their order."""
        rows = self.filtered(lambda decision: decision.kind == kind)
        return self.env[MODELS[kind]].browse(rows.mapped("record_id"))

    def _describe_review(self, review):
        parts = []
        if review.proposed_grade_id:
            parts.append(
                self.env._("Grade %(grade)s", grade=review.proposed_grade_id.name)
            )
        if review.proposed_credit != "none":
            parts.append(
                self._describe_credit(review, "proposed_credit", review.proposed_limit)
            )
        return ", ".join(parts)

    def _describe_proposal(self, proposal):
        parts = [self.env._("Grade %(grade)s", grade=proposal.grade_id.name)]
        if proposal.proposed_policy != "none":
            parts.append(
                self._describe_credit(
                    proposal, "proposed_policy", proposal.proposed_limit
                )
            )
        if proposal.proposed_term_id:
            parts.append(proposal.proposed_term_id.display_name)
        return ", ".join(parts)

    def _describe_credit(self, record, name, limit):
        """Return what is proposed in words, with the amount of a limit."""
        if record[name] == "limit":
            amount = record.currency_id.format(limit)
            return self.env._("Credit limit %(amount)s", amount=amount)
        selection = record._fields[name]._description_selection(self.env)
        return dict(selection)[record[name]]

    def _describe_override(self, override):
        return self.env._(
            "Grade %(grade)s until %(day)s: %(reason)s",
            grade=override.grade_id.name,
            day=format_date(self.env, override.date_until),
            reason=override.reason,
        )

    # === ACTIONS ===#

    def action_open(self):
        """Open the review, the proposal or the grade set by hand."""
        self.ensure_one()
        return self._get_records(self.kind)._get_records_action()

    def action_new_review(self):
        """Start a credit review, of the customer whose decisions are looked at."""
        profile = self.env["sale.collection.profile"].browse(
            self.env.context.get("default_profile_id")
        )
        return self.env["sale.collection.review"]._get_records_action(
            name=self.env._("New credit review"),
            context={"default_partner_id": profile.partner_id.id},
        )

    def action_accept(self):
        """Accept the chosen proposals and approve the chosen credit reviews."""
        self._check_open()
        self._get_records("review").action_approve()
        self._get_records("proposal").action_accept()

    def action_reject(self):
        """Reject the chosen proposals and credit reviews."""
        self._check_open()
        self._get_records("review").action_reject()
        self._get_records("proposal").action_reject()

    def _check_open(self):
        if not all(self.mapped("is_open")):
            raise UserError(
                self.env._(
                    "Choose only what is still to be decided: the filter “To decide” "
                    "shows it."
                )
            )
