from collections.abc import Callable
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, html2plaintext

from ...models.profile.profile import PROFILE_TERMS
from ...models.profile.res_partner import PARTNER_TERMS

# Each kind has ids of its own: id of the record x STRIDE + number of the kind.
STRIDE = 20
# What a part may select, with the type of what it leaves out.
COLUMNS = {
    "profile_id": "int",
    "partner_id": "int",
    "company_id": "int",
    "currency_id": "int",
    "date": "date",
    "decided_on": "date",
    "valid_until": "date",
    "amount": "numeric",
    "user_id": "int",
    "first_by_id": "int",
    "asked_by_id": "int",
    "state": "varchar",
    "document": "varchar",
    "note": "text",
    "res_model": "varchar",
    "res_id": "int",
}


class Part(NamedTuple):
    """One kind of decisions.

    :param number: of its own for ever, below STRIDE
    :param columns: {one of COLUMNS: SQL}; what is left out is empty
    :param source: FROM clause with the record, that has an id, as `own`
    """

    number: int
    columns: dict
    source: SQL


class Describer(NamedTuple):
    """How a kind of decisions is told in words, in superuser mode.

    :param model: of the records of the kind
    :param what: function of a record that returns what was decided
    :param why: function of a record that returns the reason; else it is the note
    """

    model: str
    what: Callable
    why: Callable | None = None


class SaleCollectionDecision(models.Model):
    """What people decide or have decided that costs credit, time or money.

    One row for each credit review, each proposal of limit and terms, each grade set by
    hand and each change of credit terms; higher rooms and addons add their kinds. Read
    from what is stored with each of them: who, when, why, how much. The row opens the
    record itself.
    """

    _name = "sale.collection.decision"
    _inherit = ["sale.collection.titled", "sale.collection.one.currency"]
    _description = "Credit decision"
    _auto = False
    _order = "is_open desc, date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "mail.message": ["body", "model", "res_id"],
        "mail.tracking.value": ["field_id", "mail_message_id"],
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
            "decided_on",
            "profile_id",
            "proposed_limit",
            "proposed_policy",
            "state",
        ],
        "sale.collection.review": [
            "company_id",
            "date",
            "decided_by_id",
            "decided_on",
            "profile_id",
            "proposed_credit",
            "proposed_limit",
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
            ("terms", "Credit terms changed"),
        ],
        readonly=True,
    )
    record_id = fields.Integer(readonly=True, export_string_translation=False)
    res_model = fields.Char(readonly=True, export_string_translation=False)
    res_id = fields.Many2oneReference(
        model_field="res_model", readonly=True, export_string_translation=False
    )
    profile_id = fields.Many2one(
        "sale.collection.profile", string="Credit profile", readonly=True
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    what = fields.Char(string="What is decided", compute="_compute_words")
    reason = fields.Char(string="Why", compute="_compute_words")
    document = fields.Char(
        readonly=True, help="The invoice, the entry or the order it is about."
    )
    note = fields.Text(readonly=True, export_string_translation=False)
    amount = fields.Monetary(
        readonly=True,
        help="The limit given, the money or the debt it is about. Empty where the "
        "decision is about no amount.",
    )
    date = fields.Date(readonly=True)
    decided_on = fields.Date(string="Decided on", readonly=True)
    valid_until = fields.Date(string="Valid until", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Who",
        readonly=True,
        help="Who decided; until then the reviewer.",
    )
    first_by_id = fields.Many2one(
        "res.users",
        string="First approval by",
        readonly=True,
        help="Who approved before, where two people had to agree.",
    )
    asked_by_id = fields.Many2one(
        "res.users",
        string="Asked by",
        readonly=True,
        help="Who asked for it. Empty where nobody was asked.",
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

    # === QUERY ===#

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT decision.*, decision.state = 'open' AS is_open
              FROM (%s) decision
            """,
            SQL(" UNION ALL ").join(
                self._get_part_query(kind, part)
                for kind, part in self._get_parts().items()
            ),
        )

    @api.model
    def _get_part_query(self, kind, part):
        """Select the rows of a kind, with all columns in their order."""
        columns = {
            "currency_id": SQL(
                "(SELECT currency_id FROM res_company WHERE id = %s)",
                part.columns["company_id"],
            ),
            **part.columns,
        }
        return SQL(
            "SELECT own.id::bigint * %s + %s AS id, %s::varchar AS kind,"
            " own.id AS record_id, %s FROM %s",
            STRIDE,
            part.number,
            kind,
            SQL(", ").join(
                SQL(
                    "(%s)::%s AS %s",
                    columns.get(name, SQL("NULL")),
                    SQL(column_type),
                    SQL.identifier(name),
                )
                for name, column_type in COLUMNS.items()
            ),
            part.source,
        )

    @api.model
    def _get_parts(self):
        """Return {kind: Part} of what is listed, the kinds of higher rooms too."""
        return {
            "review": self._get_review_part(),
            "proposal": self._get_proposal_part(),
            "override": self._get_override_part(),
            "terms": self._get_terms_part(),
        }

    @api.model
    def _get_profile_source(self, model, condition=SQL("TRUE")):  # noqa: B008
        """Return the FROM clause of records that hang on a credit profile."""
        return SQL(
            """%s own JOIN sale_collection_profile profile
                 ON profile.id = own.profile_id WHERE %s""",
            SQL.identifier(self.env[model]._table),
            condition,
        )

    @api.model
    def _get_profile_columns(self, model):
        """Return what all records have that hang on a credit profile."""
        return {
            "profile_id": SQL("own.profile_id"),
            "partner_id": SQL("profile.partner_id"),
            "company_id": SQL("own.company_id"),
            "res_model": SQL("%s", model),
            "res_id": SQL("own.id"),
        }

    @api.model
    def _get_review_part(self):
        model = "sale.collection.review"
        columns = {
            **self._get_profile_columns(model),
            "date": SQL("own.date"),
            "decided_on": SQL("own.decided_on"),
            "valid_until": SQL("own.valid_until"),
            "amount": SQL(
                "CASE own.proposed_credit WHEN 'limit' THEN own.proposed_limit END"
            ),
            "user_id": SQL("COALESCE(own.decided_by_id, own.user_id)"),
            "asked_by_id": SQL("own.user_id"),
            "state": SQL(
                """CASE own.state WHEN 'draft' THEN 'open' WHEN 'approved'
                        THEN 'accepted' ELSE own.state END"""
            ),
        }
        return Part(0, columns, self._get_profile_source(model))

    @api.model
    def _get_proposal_part(self):
        model = "sale.collection.proposal"
        columns = {
            **self._get_profile_columns(model),
            "date": SQL("own.date"),
            "decided_on": SQL("own.decided_on"),
            "amount": SQL(
                "CASE own.proposed_policy WHEN 'limit' THEN own.proposed_limit END"
            ),
            "user_id": SQL("own.decided_by_id"),
            "state": SQL(
                "CASE own.state WHEN 'replaced' THEN 'over' ELSE own.state END"
            ),
        }
        return Part(1, columns, self._get_profile_source(model))

    @api.model
    def _get_override_part(self):
        model = "sale.collection.grade.override"
        columns = {
            **self._get_profile_columns(model),
            "date": SQL("own.date_from"),
            "decided_on": SQL("own.date_from"),
            "valid_until": SQL("own.date_until"),
            "note": SQL("own.reason"),
            "user_id": SQL("own.user_id"),
            "state": SQL(
                "CASE WHEN own.ended_on IS NULL THEN 'accepted' ELSE 'over' END"
            ),
        }
        return Part(2, columns, self._get_profile_source(model))

    @api.model
    def _get_terms_part(self):
        """Return the changes of limit, policy, trust and terms, one by one.

        They are noted on the profile, those of core's fields too.
        """
        terms = self.env["sale.collection.profile"]
        kinds = {
            self._get_field_id(terms._name, name): terms._fields[name].type
            for name in {*PROFILE_TERMS, *PARTNER_TERMS}
        }
        amounts = [number for number, kind in kinds.items() if kind == "monetary"]
        day = self._get_day(SQL("message.date"), SQL("profile.company_id"))
        columns = {
            **self._get_profile_columns("sale.collection.profile"),
            "profile_id": SQL("profile.id"),
            "company_id": SQL("profile.company_id"),
            "date": day,
            "decided_on": day,
            "amount": SQL(
                """CASE WHEN own.field_id = ANY(%s)
                        THEN COALESCE(own.new_value_float, 0) END""",
                amounts,
            ),
            "user_id": SQL("message.create_uid"),
            "state": SQL("'accepted'"),
            "res_id": SQL("profile.id"),
        }
        source = SQL(
            """mail_tracking_value own
               JOIN mail_message message ON message.id = own.mail_message_id
                AND message.model = 'sale.collection.profile'
               JOIN sale_collection_profile profile ON profile.id = message.res_id
              WHERE own.field_id = ANY(%s)""",
            list(kinds),
        )
        return Part(3, columns, source)

    @api.model
    def _get_day(self, moment, company_id):
        """Return SQL of the date that a moment in UTC has for a company."""
        return SQL(
            """(%s AT TIME ZONE 'UTC' AT TIME ZONE COALESCE((
                   SELECT COALESCE(NULLIF(place.tz, ''), calendar.tz)
                     FROM res_company zoned
                     JOIN res_partner place ON place.id = zoned.partner_id
                LEFT JOIN resource_calendar calendar
                       ON calendar.id = zoned.resource_calendar_id
                    WHERE zoned.id = %s), %s))::date""",
            moment,
            company_id,
            self.env.user.tz or "UTC",
        )

    @api.model
    def _get_field_id(self, model, name):
        return self.env["ir.model.fields"]._get(model, name).id

    # === WORDS ===#

    @api.depends_context("lang")
    def _compute_words(self):
        describers = self._get_describers()
        for kind, decisions in self.grouped("kind").items():
            # All of a kind are read at once.
            records = decisions._get_records(kind).sudo()
            describe = describers[kind]
            for decision, record in zip(decisions, records, strict=True):
                decision.what = describe.what(record)
                decision.reason = (
                    describe.why(record) if describe.why else decision.note
                )

    @api.model
    def _get_describers(self):
        """Return {kind: Describer}, for the kinds of higher rooms too."""
        return {
            "review": Describer("sale.collection.review", self._describe_review),
            "proposal": Describer(
                "sale.collection.proposal",
                self._describe_proposal,
                lambda proposal: proposal.reason,
            ),
            "override": Describer(
                "sale.collection.grade.override", self._describe_override
            ),
            "terms": Describer(
                "mail.tracking.value",
                self._describe_change,
                lambda change: html2plaintext(change.mail_message_id.body or ""),
            ),
        }

    def _get_records(self, kind):
        """Return the records of the rows of one kind, in their order."""
        rows = self.filtered(lambda decision: decision.kind == kind)
        model = self._get_describers()[kind].model
        return self.env[model].browse(rows.mapped("record_id"))

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
        grade = proposal.grade_id.name
        parts = [self.env._("Grade %(grade)s", grade=grade)] if grade else []
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

    def _describe_change(self, change):
        """Return the old and the new value of a credit term."""
        field = self.env["sale.collection.profile"]._fields[change.field_id.name]
        values = [self._format_tracked(change, field, side) for side in ("old", "new")]
        return f"{field._description_string(self.env)}: {' → '.join(values)}"

    def _format_tracked(self, change, field, side):
        """Return the `old` or `new` value of a change in words."""
        if field.type == "monetary":
            amount = change[f"{side}_value_float"]
            return change.currency_id.format(amount) if amount else "-"
        if field.type == "date":
            return format_date(self.env, change[f"{side}_value_datetime"]) or "-"
        return change[f"{side}_value_char"] or "-"

    # === ACTIONS ===#

    def action_open(self):
        """Open what was decided on."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)._get_records_action()

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
