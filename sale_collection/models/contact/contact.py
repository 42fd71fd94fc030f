from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import SQL, format_date
from odoo.tools.date_utils import relativedelta

from ..core.sql import branches_sql

TYPES = [
    ("call", "Call"),
    ("visit", "Visit"),
    ("email", "E-mail"),
    ("chat", "Chat"),
    ("letter", "Letter"),
]
RESULTS = [
    ("reached", "Reached"),
    ("no_answer", "No answer"),
    ("wrong_person", "Wrong person"),
    ("refused", "Refused"),
    ("promised", "Promised"),
    ("disputes", "Disputes"),
    ("paid_already", "Paid already"),
    ("will_call_back", "Will call back"),
]

# Days in which money counts as come after what was said, and after a contact.
REASON_DAYS = 14
CONTACT_DAYS = 3
MEMORY = relativedelta(months=12)


class SaleCollectionContact(models.Model):
    """One talk with a customer about money: with whom, what came of it, what next.

    Internal: nothing of it goes to the thread of an invoice, which customers follow.
    """

    _name = "sale.collection.contact"
    _description = "Follow-up log"
    _inherit = ["sale.collection.code.written"]
    _order = "date desc, id desc"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", readonly=True
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        compute="_compute_date",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    type = fields.Selection(TYPES, required=True, default="call")
    result = fields.Selection(RESULTS, required=True)
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        domain="[('share', '=', False)]",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Person",
        domain="[('commercial_partner_id', '=', partner_id)]",
        ondelete="set null",
        index="btree_not_null",
    )
    move_ids = fields.Many2many(
        "account.move",
        "sale_collection_contact_move_rel",
        "contact_id",
        "move_id",
        string="Invoices",
        help="Those talked about. Empty: all that is overdue.",
    )
    invoice_names = fields.Char(
        string="Invoices talked about",
        compute="_compute_invoice_names",
        compute_sudo=True,
    )
    reason_id = fields.Many2one(
        "sale.collection.reason",
        string="Stated reason",
        ondelete="restrict",
        help="Why they do not pay, in their words.",
    )
    confirmed_reason_id = fields.Many2one(
        "sale.collection.reason",
        string="Confirmed reason",
        ondelete="restrict",
        help="What turned out to be the reason. Reports take this one.",
    )
    sign_ids = fields.Many2many("sale.collection.warning.sign", string="Warning signs")
    note = fields.Text()
    next_date = fields.Date(string="Next date", help="When to speak to them again.")
    dispute_id = fields.Many2one(
        "sale.collection.dispute",
        domain="[('profile_id', '=', profile_id)]",
        ondelete="set null",
        index="btree_not_null",
    )
    amount_overdue = fields.Monetary(
        string="Overdue then",
        readonly=True,
        help="What was overdue when this was written down.",
    )

    _profile_index = models.Index("(profile_id, date)")

    # === COMPUTE ===#

    @api.depends("type", "result", "partner_id")
    def _compute_display_name(self):
        types, results = (
            dict(self._fields[name]._description_selection(self.env))
            for name in ("type", "result")
        )
        for contact in self:
            contact.display_name = self.env._(
                "%(type)s: %(result)s",
                type=types.get(contact.type, ""),
                result=results.get(contact.result, ""),
            )

    @api.depends("move_ids")
    def _compute_invoice_names(self):
        """Name the invoices for users who may not open them."""
        for contact in self:
            names = contact.move_ids.mapped("display_name")
            contact.invoice_names = ", ".join(names)

    @api.depends("profile_id")
    def _compute_date(self):
        for contact in self:
            company = contact.profile_id.company_id or self.env.company
            contact.date = contact.date or company._collection_today()

    # === CONSTRAINTS ===#

    @api.constrains(lambda self: ["result", *self._get_outcome_fields()])
    def _check_ends_with_something(self):
        """A talk about overdue money ends with something that can be followed up."""
        for contact in self:
            if contact.amount_overdue > 0 and not contact._has_outcome():
                raise ValidationError(self._get_no_outcome_message())

    @api.constrains("next_date", "date")
    def _check_dates(self):
        for contact in self:
            if contact.next_date and contact.next_date < contact.date:
                raise ValidationError(
                    self.env._(
                        "Next date: choose a day on or after %(date)s.",
                        date=contact.date,
                    )
                )
            if contact.date > contact.company_id._collection_today():
                raise ValidationError(
                    self.env._("Date: write a talk down after it took place.")
                )

    @api.constrains(lambda self: ["profile_id", *self._get_own_fields()])
    def _check_same_customer(self):
        """Refuse people, invoices, disputes and the like of another customer."""
        for contact in self.sudo():
            for name in self._get_own_fields():
                owners = contact[name].mapped(self._get_own_fields()[name])
                if owners - contact.partner_id:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: choose one of %(customer)s.",
                            field=self._fields[name]._description_string(self.env),
                            customer=contact.partner_id.display_name,
                        )
                    )

    @api.model
    def _get_own_fields(self):
        """Return {field: path to the customer} of what must be the customer's own."""
        return {
            "contact_id": "commercial_partner_id",
            "move_ids": "commercial_partner_id",
            "dispute_id": "partner_id",
        }

    @api.model
    def _get_outcome_fields(self):
        """Return the fields that say how a talk is followed up."""
        return ["next_date", "dispute_id"]

    def _has_outcome(self):
        """Return whether the talk ended with something that can be followed up."""
        self.ensure_one()
        if self.result == "paid_already":
            return True
        return any(self[name] for name in self._get_outcome_fields())

    @api.model
    def _get_no_outcome_message(self):
        return self.env._(
            "Next date: money is overdue, so say what comes next. Choose a date, "
            "note a promise or a dispute, or “Paid already”."
        )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["sale.collection.profile"]._complete_profile(vals)
        contacts = super().create(vals_list)
        contacts._finish_follow_ups()
        contacts._schedule_follow_ups()
        contacts._ask_for_holds()
        contacts._log_on_profiles()
        return contacts

    def write(self, vals):
        self._check_may_write(vals)
        result = super().write(vals)
        if "confirmed_reason_id" in vals:
            self._log_confirmed_reason()
        if not {"next_date", "user_id"}.isdisjoint(vals):
            self._schedule_follow_ups()
        return result

    def _check_may_write(self, vals):
        """Leave what was said to the user who heard it; all may add the true reason.

        :raise AccessError: somebody else changes what was said
        """
        own = all(contact.user_id == self.env.user for contact in self)
        if not (own or self.env.su or self._get_told_fields().isdisjoint(vals)):
            raise AccessError(
                self.env._("Only who talked to the customer changes what was said.")
            )

    @api.model
    def _get_told_fields(self):
        """Return what the customer said and when: only its listener changes that."""
        told = {"profile_id", "date", "type", "result", "user_id", "reason_id", "note"}
        return told | {"amount_overdue", "dispute_id"}

    @api.model
    def _prepare_code_written(self, vals_list):
        """Keep what was overdue at that moment, read from the ledger itself."""
        Profile = self.env["sale.collection.profile"]
        profiles = Profile.browse({vals["profile_id"] for vals in vals_list})
        profiles.check_access("read")
        overdue = profiles._get_amounts_overdue()
        return [
            {"amount_overdue": overdue.get(vals["profile_id"], 0.0)}
            for vals in vals_list
        ]

    # === BUSINESS ===#

    def _schedule_follow_ups(self):
        """Put the next date into the to-do list of the user who talked."""
        kind = "sale_collection.activity_follow_up"
        for contact in self.filtered("next_date"):
            contact.profile_id.activity_schedule(
                kind,
                date_deadline=contact.next_date,
                user_id=contact.user_id.id,
                summary=contact.display_name,
                note=contact.note,
            )

    def _finish_follow_ups(self):
        """Close the follow-ups this talk has done: those due and the user's own."""
        profiles = self.profile_id.sudo()
        activities = profiles.activity_search(["sale_collection.activity_follow_up"])
        talks = {contact.profile_id.id: contact for contact in self}
        activities.filtered(
            lambda activity: (
                activity.date_deadline <= talks[activity.res_id].date
                or activity.user_id == talks[activity.res_id].user_id
            )
        ).action_done()

    def _ask_for_holds(self):
        """Ask the credit controller for a hold where a sign is severe."""
        for contact in self:
            severe = contact.sign_ids.filtered("is_severe")
            if severe:
                contact.profile_id._ask_for_decision(
                    "hold", ", ".join(severe.mapped("name"))
                )

    def _log_on_profiles(self):
        """Leave a note in the thread of the customer's profile."""
        for contact in self:
            contact.profile_id.message_post(
                body=contact._get_log(), subtype_xmlid="mail.mt_note"
            )

    def _log_confirmed_reason(self):
        for contact in self.filtered("confirmed_reason_id"):
            reason = contact.confirmed_reason_id.name
            contact.profile_id.message_post(
                body=self.env._("Confirmed reason: %(reason)s", reason=reason),
                subtype_xmlid="mail.mt_note",
            )

    def _get_log(self):
        """Return one line for the thread: what was done, what was said, what next."""
        said = [self.display_name, self.contact_id.name, self.reason_id.name]
        if self.next_date:
            day = format_date(self.env, self.next_date)
            said.append(self.env._("next: %(date)s", date=day))
        note = self._get_own_words(" ".join(filter(None, said)).lower())
        return " · ".join(filter(None, [*said[:3], note, *said[3:]]))

    def _get_own_words(self, said):
        """Return the note, less what is said already where the dialog composed it.

        A talk without words of its own has a note like "Call, no answer, next: 12/04".
        """
        types = dict(self._fields["type"]._description_selection(self.env))
        pieces = (self.note or "").split(", ")
        if pieces[0] != types.get(self.type):
            return self.note
        return ", ".join(piece for piece in pieces if piece.lower() not in said)

    # === WHAT CAME OF TALKS ===#

    @api.model
    def _read_last_reasons(self, condition):
        """Return (profile id, reason id) pairs of profiles on a condition."""
        self.flush_model(["profile_id", "date", "reason_id", "confirmed_reason_id"])
        return self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (profile_id) profile_id,
                       COALESCE(confirmed_reason_id, reason_id)
                  FROM sale_collection_contact
                 WHERE profile_id %s
                   AND COALESCE(confirmed_reason_id, reason_id) IS NOT NULL
              ORDER BY profile_id, date DESC, id DESC
                """,
                condition,
            )
        )

    @api.model
    def _get_cash_sql(self, company, columns):
        """Select cash receipts of the customer of the row `profile`."""
        return SQL(
            """
            SELECT %(columns)s
              FROM sale_collection_receipt receipt
             WHERE receipt.partner_id = profile.partner_id
               AND receipt.kind = 'cash'
               AND receipt.company_id IN (%(companies)s)
            """,
            columns=columns,
            companies=branches_sql(company),
        )

    @api.model
    def _read_reasons(self, company, profiles):
        """Return (profile id, reason id, times said, times money came) of profiles."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT contact.profile_id, contact.reason_id, COUNT(*) AS said,
                       COUNT(*) FILTER (WHERE (%(money)s
                           AND receipt.date BETWEEN contact.date
                                                AND contact.date + %(days)s
                       ) > 0) AS paid
                  FROM sale_collection_contact contact
                  JOIN sale_collection_profile profile
                    ON profile.id = contact.profile_id
                 WHERE contact.profile_id = ANY(%(profiles)s)
                   AND contact.reason_id IS NOT NULL
                   AND contact.date >= %(since)s
              GROUP BY contact.profile_id, contact.reason_id
              ORDER BY contact.profile_id, said DESC, contact.reason_id
                """,
                money=self._get_cash_sql(company, SQL("SUM(receipt.amount)")),
                days=REASON_DAYS,
                profiles=profiles.ids,
                since=company._collection_today() - MEMORY,
            )
        )

    @api.model
    def _read_money_shares(self, company, profiles):
        """Return (profile id, part of its money that came soon after a contact)."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                SELECT profile.id,
                       (SUM(money.amount) FILTER (WHERE EXISTS (
                           SELECT FROM sale_collection_contact contact
                            WHERE contact.profile_id = profile.id
                              AND money.date BETWEEN contact.date
                                                 AND contact.date + %(days)s
                       )) / SUM(money.amount))::float8
                  FROM sale_collection_profile profile
                 CROSS JOIN LATERAL (%(money)s) money
                 WHERE profile.id = ANY(%(profiles)s) AND money.date >= %(since)s
              GROUP BY profile.id
                HAVING SUM(money.amount) > 0
                """,
                money=self._get_cash_sql(company, SQL("receipt.date, receipt.amount")),
                days=CONTACT_DAYS,
                profiles=profiles.ids,
                since=company._collection_today() - MEMORY,
            )
        )
