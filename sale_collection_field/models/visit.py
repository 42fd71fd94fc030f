from collections import defaultdict
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql
from odoo.addons.sale_collection.tools.window import open_dialog

from ..tools.visit import get_map_link, split_documents

PURPOSES = [("visit", "Visit"), ("collect", "Collect money")]
STATES = [
    ("planned", "Planned"),
    ("done", "Seen"),
    ("missed", "Not seen"),
    ("cancelled", "Cancelled"),
]
ACTIVITY = "sale_collection.activity_follow_up"
# Days ahead whose debts are worth talking about at the door.
SOON_DAYS = 30
# What was planned: it stays as it was once the day is over.
PLAN = frozenset({"date", "hour", "user_id", "contact_id"})
# What a calendar event shows of a visit.
SHOWN = frozenset({"date", "hour", "user_id", "state"})


class SaleCollectionVisit(models.Model):
    """A visit to a customer: planned, then seen by the talks of its day, or not.

    Visits that collect a promised payment are planned by the promise. Nobody having
    come for the money is our fault: the payment waits, see `_collect_excused`.
    """

    _name = "sale.collection.visit"
    _description = "Visit"
    _inherit = [
        "sale.collection.code.written",
        "sale.collection.signed",
        "sale.collection.visit.event",
        "sale.collection.visit.sent",
    ]
    _order = "date, hour, city, id"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        required=True,
        index=True,
        default=lambda self: self.env.company.root_id._collection_today(),
    )
    hour = fields.Float(string="Time", help="0:00: any time of the day.")
    user_id = fields.Many2one(
        "res.users",
        string="Visitor",
        required=True,
        default=lambda self: self.env.user,
        index=True,
        domain=lambda self: self.env["sale.collection.dispute"]._get_owner_domain(),
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Person to see",
        compute="_compute_contact_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    purpose = fields.Selection(PURPOSES, required=True, readonly=True, default="visit")
    state = fields.Selection(
        STATES, required=True, readonly=True, default="planned", copy=False, index=True
    )
    note = fields.Char()
    promise_id = fields.Many2one(
        "sale.collection.promise",
        string="Collects",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    due_date = fields.Date(
        string="Promised for",
        readonly=True,
        help="The payment of the promise that this visit collects.",
    )
    talk_id = fields.Many2one(
        "sale.collection.contact",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    document_ids = fields.One2many(
        "sale.collection.visit.document",
        "visit_id",
        string="Documents needed",
        compute="_compute_document_ids",
        store=True,
        readonly=False,
    )

    # === WHERE TO, WHOM, WHAT ABOUT ===#

    city = fields.Char(related="partner_id.city", store=True)
    address = fields.Char(compute="_compute_place")
    map_url = fields.Char(string="Map", compute="_compute_place")
    phone = fields.Char(compute="_compute_phone")
    visiting_hours = fields.Char(related="profile_id.visiting_hours")
    amount_due = fields.Monetary(string="Due now", compute="_compute_dues")
    amount_due_soon = fields.Monetary(
        string="Due in 30 days",
        compute="_compute_dues",
        help="Falls due in the 30 days after today.",
    )
    last_promise = fields.Char(string="Last promise", compute="_compute_last_promise")
    missing = fields.Char(string="Documents missing", compute="_compute_missing")

    _hour_of_day = models.Constraint(
        "CHECK (hour >= 0 AND hour < 24)", "Time: enter 0:00 to 23:59."
    )
    _collected_once = models.UniqueIndex(
        "(promise_id, due_date) WHERE state = 'planned'",
        "A visit that collects this payment is planned already.",
    )

    # === COMPUTE ===#

    @api.depends("partner_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for visit in self:
            day = visit.date and format_date(self.env, visit.date)
            name = visit.partner_id.sudo().name
            visit.display_name = ", ".join(filter(None, (name, day)))

    @api.depends("profile_id")
    def _compute_contact_id(self):
        roles = self.env["sale.collection.contact.role"]
        persons = roles._get_persons_to_call(self.profile_id.sudo().partner_id)
        for visit in self:
            customer = visit.profile_id.sudo().partner_id
            person = persons.get(customer, customer)
            visit.contact_id = visit.contact_id or (person != customer and person)

    @api.depends("contact_id", "partner_id")
    def _compute_phone(self):
        for visit in self.sudo():
            visit.phone = visit.contact_id.phone or visit.partner_id.phone

    @api.depends("partner_id")
    def _compute_place(self):
        for visit in self:
            customer = visit.partner_id.sudo()
            parts = (customer.street, customer.street2, customer.zip, customer.city)
            visit.address = ", ".join(filter(None, parts))
            country = customer.country_id.code or ""
            visit.map_url = get_map_link(visit.address, country)

    @api.depends("profile_id")
    def _compute_document_ids(self):
        for visit in self:
            names = split_documents(visit.profile_id.sudo().payment_documents)
            visit.document_ids = [
                Command.clear(),
                *(Command.create({"name": name}) for name in names),
            ]

    @api.depends("document_ids.name", "document_ids.is_ready")
    def _compute_missing(self):
        for visit in self:
            missing = visit.document_ids.filtered(lambda paper: not paper.is_ready)
            visit.missing = ", ".join(name for name in missing.mapped("name") if name)

    @api.depends("profile_id")
    def _compute_dues(self):
        owed = {}
        for company, visits in self.sudo().grouped("company_id").items():
            if company:
                owed |= visits._collect_dues(company, company._collection_today())
        for visit in self:
            key = visit.company_id, visit.partner_id.id
            visit.amount_due, visit.amount_due_soon = owed.get(key, (0.0, 0.0))

    @api.model
    def _collect_dues(self, company, today):
        """Return {(company, customer id): (due by today, due in 30 days)}.

        Debts only, in company currency.
        """
        self.env["account.move.line"]._flush_open()
        profiles = self.env["sale.collection.profile"]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT contact.commercial_partner_id,
                       COALESCE(SUM(residual) FILTER (
                           WHERE date_due <= %(today)s), 0)::float8,
                       COALESCE(SUM(residual) FILTER (
                           WHERE date_due > %(today)s), 0)::float8
                  FROM (%(lines)s) line
                  JOIN res_partner contact ON contact.id = line.partner_id
                 WHERE residual > 0 AND date_due <= %(last)s
              GROUP BY contact.commercial_partner_id
                """,
                today=today,
                last=today + timedelta(SOON_DAYS),
                lines=open_lines_sql(
                    company,
                    today,
                    profiles._get_line_condition(self.partner_id.ids),
                ),
            )
        )
        return {(company, partner_id): tuple(sums) for partner_id, *sums in rows}

    @api.depends("profile_id")
    @api.depends_context("lang")
    def _compute_last_promise(self):
        promises = self.env["sale.collection.promise"].sudo()
        latest = promises._read_group(
            [("profile_id", "in", self.profile_id.ids), ("state", "!=", "draft")],
            ["profile_id"],
            ["id:max"],
        )
        found = {profile: promises.browse(promise_id) for profile, promise_id in latest}
        states = dict(promises._fields["state"]._description_selection(self.env))
        for visit in self:
            promise = found.get(visit.profile_id.sudo())
            visit.last_promise = promise and self.env._(
                "%(amount)s for %(date)s: %(state)s",
                amount=promise.currency_id._collection_format(promise.amount),
                date=format_date(self.env, promise.date),
                state=states[promise.state].lower(),
            )

    # === CONSTRAINTS ===#

    @api.constrains("contact_id", "profile_id")
    def _check_person(self):
        for visit in self.sudo():
            person = visit.contact_id
            if person and person.commercial_partner_id != visit.partner_id:
                raise ValidationError(
                    self.env._(
                        "Person to see: choose one of %(customer)s.",
                        customer=visit.partner_id.display_name,
                    )
                )

    def _check_ahead(self):
        """Refuse to plan what is over: the talk of that day tells of it."""
        for visit in self:
            today = visit.company_id._collection_today()
            if visit.date < today:
                raise ValidationError(
                    self.env._(
                        "Date: plan a visit for %(date)s or later. Log a contact for "
                        "one that took place.",
                        date=format_date(self.env, today),
                    )
                )

    def _check_may_change(self, vals):
        """Leave the plan of a day that is over as it was.

        :raise UserError: it is over, or another customer is meant
        """
        if self.env.su:
            return
        profile_id = vals.get("profile_id")
        if profile_id and any(visit.profile_id.id != profile_id for visit in self):
            raise UserError(
                self.env._("A visit stays with its customer. Plan another one.")
            )
        if not PLAN.isdisjoint(vals):
            self._check_planned()
        if "user_id" in vals:
            self._check_may_send()
        elif "date" in vals:
            self.filtered("sent_by_id")._check_may_send()

    def _check_planned(self):
        if any(visit.state != "planned" for visit in self):
            raise UserError(
                self.env._("Only a planned visit is changed. Plan another one.")
            )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["sale.collection.profile"]._complete_profile(vals)
        visits = super().create(vals_list)
        if not self.env.su:
            visits._check_ahead()
            visits._send()
        visits._show_in_calendar()
        return visits

    def write(self, vals):
        self._check_may_change(vals)
        result = super().write(vals)
        if "date" in vals and not self.env.su:
            self._check_ahead()
        if "user_id" in vals and not self.env.su:
            self._send()
        if not SHOWN.isdisjoint(vals):
            self._show_in_calendar()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_promised(self):
        if any(visit.signature for visit in self.sudo()):
            raise UserError(self.env._("What a customer has signed stays on record."))
        if not self.env.su and any(
            visit.promise_id or visit.sent_by_id or visit.state != "planned"
            for visit in self
        ):
            raise UserError(
                self.env._("This visit stays on record. Cancel it instead.")
            )
        self._find_events().unlink()

    # === WHAT BECOMES OF THEM ===#

    @api.model
    def _note_talks(self, contacts):
        """Mark as seen what these talks were the visits of.

        A talk of the same day is one, but for the very talk that planned the visit.
        """
        visits = self.sudo().search(
            [
                ("profile_id", "in", contacts.profile_id.ids),
                ("date", "in", contacts.mapped("date")),
                ("state", "in", ("planned", "missed")),
            ]
        )
        talks = defaultdict(list)
        for talk in contacts.sudo():
            talks[talk.profile_id, talk.date].append(talk)
        for visit in visits:
            for talk in talks[visit.profile_id, visit.date]:
                if not (talk.promise_id and talk.promise_id == visit.promise_id):
                    visit.write({"state": "done", "talk_id": talk.id})
                    break

    @api.model
    def _get_overdue(self, company, today):
        """Return the visits of past days that no talk tells of."""
        return self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "planned"),
                ("date", "<", today),
            ]
        )

    def _mark_missed(self, today):
        """Note that nobody came; whoever was to collect is asked to plan it anew."""
        self.write({"state": "missed"})
        collecting = self.filtered("promise_id")
        collecting.profile_id._message_log_batch(
            {visit.profile_id.id: visit._get_missed_log() for visit in collecting}
        )
        for visit in collecting:
            lang = visit.user_id.lang
            visit.profile_id.activity_schedule(
                ACTIVITY,
                date_deadline=today,
                user_id=visit.user_id.id,
                summary=visit.with_context(lang=lang).env._(
                    "Nobody came for the money: plan the visit anew"
                ),
            )

    def _get_missed_log(self):
        return self.env._(
            "Collector missed: nobody came on %(date)s for what was promised. The "
            "promise waits.",
            date=format_date(self.env, self.date),
        )

    def _drop(self):
        """Take back planned visits for which there is nothing to collect any more."""
        signed = self.filtered("signature")
        # Money that is undone plans another one for the same payment.
        signed.write({"state": "cancelled", "due_date": False})
        (self - signed).unlink()

    # === SIGNATURE ===#

    def _get_text_to_sign(self):
        """Return the balance of the customer, by currency, as a sentence."""
        if self.state == "cancelled":
            raise UserError(self.env._("This visit is cancelled. Plan another one."))
        [found] = self.profile_id._collect_statements().values()
        open_sums, due_sums = defaultdict(float), defaultdict(float)
        for item in found["items"]:
            currency = self.env["res.currency"].browse(item.currency_id)
            open_sums[currency] += item.open
            if item.is_debt and item.due <= found["date"]:
                due_sums[currency] += item.open
        currencies = self.env["res.currency"]
        nothing = self.currency_id._collection_format(0.0)
        return self.env._(
            "%(customer)s confirms the balance of %(date)s: %(open)s, of which %(due)s "
            "is due.",
            customer=self.partner_id.name,
            date=format_date(self.env, found["date"]),
            open=currencies._collection_format_sum(open_sums) or nothing,
            due=currencies._collection_format_sum(due_sums) or nothing,
        )

    # === ACTIONS ===#

    def action_sign(self):
        """Let the customer sign the balance on this screen."""
        self.ensure_one()
        return open_dialog(
            self.env._("Signature"),
            "sale.collection.sign",
            default_visit_id=self.id,
            default_signed_by=self.contact_id.name,
        )

    def action_log_contact(self):
        """Log what came of the visit: by that it is seen."""
        self.ensure_one()
        action = self.profile_id._open_contact_log()
        context = {**action["context"], "default_type": "visit"}
        return {**action, "context": context}

    def action_new_notice(self):
        """Report money the customer made over."""
        self.ensure_one()
        return self.profile_id.action_new_notice()

    def action_print_sheet(self):
        """Print what to know and to take along."""
        report = self.env.ref("sale_collection_field.report_visit_sheet")
        return report.report_action(self)

    def action_cancel(self):
        """Cancel planned visits: the customer does not want them."""
        self.check_access("write")
        self._check_planned()
        self.sudo().write({"state": "cancelled"})

    def action_plan_again(self):
        """Plan a missed visit anew, for the next working day."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "missed":
            raise UserError(self.env._("Only a visit that was missed is planned anew."))
        if self.promise_id and self.promise_id.sudo().state != "open":
            raise UserError(
                self.env._("The promise is closed: there is nothing to collect on it.")
            )
        planned = self.promise_id.sudo().visit_ids.filtered(
            lambda visit: visit.state == "planned" and visit.due_date == self.due_date
        )
        visit = (planned or self.sudo().copy(self._prepare_again())).sudo(False)
        if not planned and self.partner_id._filter_collection_lasting():
            visit._send()
        return visit._get_records_action()

    def _prepare_again(self):
        tomorrow = self.company_id._collection_today() + timedelta(1)
        return {
            "date": self.company_id.sudo()._get_next_working_day(tomorrow),
            "document_ids": [
                Command.create({"name": paper.name, "is_ready": paper.is_ready})
                for paper in self.document_ids
            ],
        }

    def action_next(self):
        """Go on to the next visit planned for that day, in the order of the list."""
        self.ensure_one()
        same_day = self.search(
            [
                ("date", "=", self.date),
                ("user_id", "=", self.user_id.id),
                "|",
                ("state", "=", "planned"),
                ("id", "=", self.id),
            ]
        )
        place = same_day.ids.index(self.id)
        following = (same_day[place + 1 :] + same_day[:place])[:1]
        if not following:
            raise UserError(self.env._("No other visit is planned for that day."))
        return following._get_records_action()
