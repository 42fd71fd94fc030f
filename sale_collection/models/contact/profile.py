from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...fields import OptionalFloat
from ...tools.window import open_dialog, open_list
from ..core.open_line import open_lines_sql
from .advice import NEXT_STEPS, PROPOSALS
from .contact import REASON_DAYS

# The last talks shown before the next one.
RECENT_CONTACTS = 3


class SaleCollectionProfile(models.Model):
    """What was said and disputed, what came of it, and what we owe the customer."""

    _inherit = "sale.collection.profile"

    contact_ids = fields.One2many(
        "sale.collection.contact", "profile_id", string="Follow-up log"
    )
    recent_contact_ids = fields.Many2many(
        "sale.collection.contact",
        string="Last talks",
        compute="_compute_recent_contact_ids",
    )
    contact_count = fields.Integer(
        string="Contacts logged", compute="_compute_last_contact"
    )
    last_contact_date = fields.Date(
        string="Last contact", compute="_compute_last_contact"
    )
    last_reason_id = fields.Many2one(
        "sale.collection.reason",
        string="Delay reason",
        compute="_compute_last_reason_id",
        search="_search_last_reason_id",
        help="Of the last talk that named one: the confirmed reason, else the stated.",
    )
    warning_points = fields.Integer(
        string="Warning points",
        compute="_compute_warning_points",
        help="Points of the warning signs noted in the last 12 months, each sign once.",
    )
    warning_sign_ids = fields.Many2many(
        "sale.collection.warning.sign",
        string="Warning signs",
        compute="_compute_warning_points",
    )
    reason_record = fields.Text(
        string="Reasons given",
        compute="_compute_reason_record",
        help="What the customer said in the last 12 months and how often money came "
        "within 14 days of it.",
    )
    contact_money_share = OptionalFloat(
        string="Money after a contact",
        digits=(16, 4),
        compute="_compute_contact_money_share",
        help="Part of the money of the last 12 months that came within 3 days after "
        "a contact.",
    )

    # === ADVICE ===#

    advice_title = fields.Char(string="Situation", compute="_compute_advice")
    advice = fields.Text(compute="_compute_advice")
    say_polite = fields.Text(string="Politely", compute="_compute_advice")
    say_firm = fields.Text(string="Firmly", compute="_compute_advice")
    advice_step = fields.Selection(
        NEXT_STEPS, string="What helps", compute="_compute_advice"
    )

    # === OUR SIDE ===#

    dispute_ids = fields.One2many("sale.collection.dispute", "profile_id")
    open_dispute_count = fields.Integer(
        string="Open disputes", compute="_compute_open_dispute_count"
    )
    our_undelivered_count = fields.Integer(
        string="Order lines not delivered", compute="_compute_our_undelivered_count"
    )
    our_draft_credit_count = fields.Integer(
        string="Draft credit notes", compute="_compute_our_draft_credits"
    )
    our_draft_credit_amount = fields.Monetary(
        string="Credit notes not posted", compute="_compute_our_draft_credits"
    )
    has_our_side = fields.Boolean(
        string="Something open on our side",
        compute="_compute_has_our_side",
        help="Something on our side is open: a dispute, a delivery, a credit.",
    )

    # === COMPUTE ===#

    @api.depends("contact_ids.date")
    def _compute_last_contact(self):
        groups = self.env["sale.collection.contact"]._read_group(
            [("profile_id", "in", self.ids)], ["profile_id"], ["date:max", "__count"]
        )
        found = {profile: (day, count) for profile, day, count in groups}
        for profile in self:
            day, count = found.get(profile._origin, (False, 0))
            profile.last_contact_date, profile.contact_count = day, count

    @api.depends("contact_ids.date")
    def _compute_recent_contact_ids(self):
        contacts = self.env["sale.collection.contact"]
        for profile in self:
            profile.recent_contact_ids = contacts.search(
                [("profile_id", "=", profile._origin.id)], limit=RECENT_CONTACTS
            )

    @api.depends("last_reason_id", "amount_overdue")
    @api.depends_context("lang")
    def _compute_advice(self):
        found = self.filtered(lambda one: one.amount_overdue > 0)._find_advice()
        for profile in self:
            advice = found.get(profile, self.env["sale.collection.reason"]).sudo()
            profile.advice_title = advice.display_name
            profile.advice_step = advice.next_step
            for name in ("advice", "say_polite", "say_firm"):
                profile[name] = advice[name]

    def _find_advice(self):
        """Return {profile: what there is advice on}, of those that are late.

        The reason of the last talk that named one; addons add what they know.
        """
        return {one: one.last_reason_id for one in self if one.last_reason_id}

    @api.depends("contact_ids.reason_id", "contact_ids.confirmed_reason_id")
    def _compute_last_reason_id(self):
        last = dict(
            self.env["sale.collection.contact"]._read_last_reasons(
                SQL("= ANY(%s)", self.ids)
            )
        )
        for profile in self:
            profile.last_reason_id = last.get(profile._origin.id)

    @api.model
    def _search_last_reason_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.env["sale.collection.contact"]._read_last_reasons(
            SQL("IS NOT NULL")
        )
        named = [profile_id for profile_id, __ in rows]
        found = [profile_id for profile_id, reason_id in rows if reason_id in value]
        domain = [("id", "in", found)]
        if False in value:
            domain = ["|", ("id", "not in", named), *domain]
        return domain

    @api.depends("contact_ids.sign_ids")
    def _compute_warning_points(self):
        groups = self.env["sale.collection.contact"]._read_group(
            [
                ("profile_id", "in", self.ids),
                ("sign_ids", "!=", False),
                ("date", ">=", "today -12m"),
            ],
            ["profile_id", "sign_ids"],
        )
        signs = defaultdict(self.env["sale.collection.warning.sign"].browse)
        for profile, sign in groups:
            signs[profile] |= sign
        for profile in self:
            found = signs[profile._origin]
            profile.warning_sign_ids = found
            profile.warning_points = sum(found.mapped("points"))

    @api.depends("contact_ids.reason_id")
    def _compute_reason_record(self):
        record = self._collect_reason_record()
        for profile in self:
            profile.reason_record = "\n".join(
                self._format_reason_record(*row)
                for row in record.get(profile._origin.id, [])
            )

    @api.model
    def _format_reason_record(self, reason, said, paid):
        """Return “Cash shortage: said 5 times, money within 14 days: 1”."""
        if said == 1:
            return self.env._(
                "%(reason)s: said once, money within %(days)s days: %(paid)s",
                reason=reason.name,
                days=REASON_DAYS,
                paid=paid,
            )
        return self.env._(
            "%(reason)s: said %(said)s times, money within %(days)s days: %(paid)s",
            reason=reason.name,
            said=said,
            days=REASON_DAYS,
            paid=paid,
        )

    @api.depends("contact_ids.date")
    def _compute_contact_money_share(self):
        contacts = self.env["sale.collection.contact"]
        shares = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            shares.update(contacts._read_money_shares(company, profiles))
        for profile in self:
            profile.contact_money_share = shares.get(profile._origin.id, False)

    @api.depends("dispute_ids.state")
    def _compute_open_dispute_count(self):
        counts = dict(
            self.env["sale.collection.dispute"]._read_group(
                [("profile_id", "in", self.ids), ("state", "=", "open")],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.open_dispute_count = counts.get(profile._origin, 0)

    @api.depends("partner_id")
    def _compute_our_undelivered_count(self):
        counts = {}
        lines = self.env["sale.order.line"]
        for company, profiles in self.sudo().grouped("company_id").items():
            rows = lines._collection_read_undelivered(company, profiles.partner_id)
            counts |= {(company, customer): len(ids) for customer, ids in rows}
        for profile in self:
            key = profile.company_id, profile.partner_id.id
            profile.our_undelivered_count = counts.get(key, 0)

    @api.depends("partner_id")
    def _compute_our_draft_credits(self):
        groups = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            found = (
                self.env["account.move"]
                .sudo()
                ._read_group(
                    profiles._get_draft_credit_domain(),
                    ["commercial_partner_id"],
                    ["__count", "amount_total_signed:sum"],
                )
            )
            groups.update(((company, partner), rest) for partner, *rest in found)
        for profile in self:
            key = profile.company_id, profile.partner_id
            count, amount = groups.get(key, (0, 0.0))
            profile.our_draft_credit_count = count
            profile.our_draft_credit_amount = -amount

    @api.depends(
        "open_dispute_count",
        "our_undelivered_count",
        "our_draft_credit_count",
        "amount_unapplied",
    )
    def _compute_has_our_side(self):
        for profile in self:
            profile.has_our_side = bool(
                profile.open_dispute_count
                or profile.our_undelivered_count
                or profile.our_draft_credit_count
                or profile.amount_unapplied
            )

    # === COLLECT ===#

    def _collect_reason_record(self):
        """Return {profile id: [(reason, times said, times money came)]}, most first."""
        record = defaultdict(list)
        reasons = self.env["sale.collection.reason"]
        contacts = self.env["sale.collection.contact"]
        for company, profiles in self.sudo().grouped("company_id").items():
            rows = contacts._read_reasons(company, profiles)
            for profile_id, reason_id, *counts in rows:
                record[profile_id].append((reasons.browse(reason_id), *counts))
        return record

    def _get_amounts_overdue(self):
        """Return {profile id: amount overdue now}, from the ledger itself."""
        facts = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            live = profiles.with_company(company)._get_live_facts()
            for profile in profiles:
                facts[profile.id] = live[profile.partner_id.id]["amount_overdue"]
        return facts

    @api.model
    def _get_disputed_sql(self, company, today, partner_ids):
        # OVERRIDE: what is in open disputes, at most what is still open
        return SQL(
            """
            SELECT customer.commercial_partner_id AS partner_id,
                   SUM(LEAST(disputed.amount, line.residual))::float8 AS amount
              FROM (%(disputed)s) disputed
              JOIN (%(lines)s) line ON line.id = disputed.line_id
              JOIN res_partner customer ON customer.id = line.partner_id
             WHERE line.residual > 0 AND line.date_due < line.today
          GROUP BY customer.commercial_partner_id
            """,
            disputed=self.env["sale.collection.dispute.line"]._get_open_query(company),
            lines=open_lines_sql(company, today, self._get_line_condition(partner_ids)),
        )

    @api.model
    def _get_fault_sql(self, company, partner_ids):
        # OVERRIDE: days a dispute was open that ended with our side at fault; days
        # two disputes share count once
        return SQL(
            """
            SELECT line_id,
                   (SELECT SUM(UPPER(span) - LOWER(span)) FROM UNNEST(spans) span)::int
                       AS days
              FROM (
                    SELECT part.line_id,
                           RANGE_AGG(DATERANGE(
                               dispute.date, GREATEST(dispute.date, dispute.date_closed)
                           )) AS spans
                      FROM sale_collection_dispute dispute
                      JOIN sale_collection_profile profile
                        ON profile.id = dispute.profile_id
                      JOIN sale_collection_dispute_line part
                        ON part.dispute_id = dispute.id
                     WHERE dispute.state = 'accepted'
                       AND dispute.side_at_fault = 'us'
                       AND dispute.company_id = %(company)s
                       AND part.line_id IS NOT NULL
                       AND %(customers)s
                  GROUP BY part.line_id
                   ) AS faults
            """,
            company=company.id,
            customers=self._get_customer_condition(
                SQL("profile.partner_id"), partner_ids
            ),
        )

    def _get_draft_credit_domain(self):
        return [
            ("move_type", "=", "out_refund"),
            ("state", "=", "draft"),
            ("commercial_partner_id", "in", self.partner_id.ids),
            ("company_id", "child_of", self.company_id.ids),
        ]

    def _get_overdue_lines(self, moves=None, today=None, limit=None):
        """Return overdue receivable lines of this customer, oldest first.

        Read for the whole customer: whoever may see the profile may speak about all
        of its debt, invoices of colleagues included.

        :param moves: only of these documents, overdue or not
        """
        self.ensure_one()
        self.check_access("read")
        today = today or self.company_id._collection_today()
        condition = (
            SQL("line.move_id = ANY(%s)", moves.ids)
            if moves
            else SQL("line.date_maturity < %s", today)
        )
        return self.env["account.move.line"]._find_open_debts(
            self.company_id,
            today,
            SQL("%s AND %s", self._get_line_condition(self.partner_id.ids), condition),
            limit=limit,
        )

    # === BUSINESS ===#

    @api.model
    def _complete_profile(self, vals):
        """Find the credit profile where only the customer is given."""
        partner_id = vals.pop("partner_id", False)
        if partner_id and not vals.get("profile_id"):
            partner = self.env["res.partner"].browse(partner_id)
            vals["profile_id"] = self.sudo()._for(partner).id
        if not vals.get("profile_id"):
            vals["profile_id"] = self.env.context.get("default_profile_id")
        if not vals["profile_id"]:
            raise ValidationError(self.env._("Customer: choose whom this is about."))

    def _ask_for_decision(self, step, why):
        """Ask the credit controller to decide on a next step of these customers.

        :param str step: key of NEXT_STEPS
        """
        steps = self.env["sale.collection.reason"]._fields["next_step"]
        for profile in self:
            company = profile.company_id
            controller = company._collection_get_controller() or self.env.user
            env = self.with_context(lang=controller.lang).env
            labels = dict(steps._description_selection(env))
            profile.activity_schedule(
                "sale_collection.activity_decision",
                date_deadline=company._collection_today(),
                user_id=controller.id,
                summary=labels[step],
                note=why,
            )

    def _get_manager(self):
        """Return the user who steps in when talking does not help."""
        self.ensure_one()
        leader = self.user_id.sudo().sale_team_id.user_id
        return leader or self.company_id._collection_get_controller()

    # === ACTIONS ===#

    def action_log_contact(self):
        """Log a contact with this customer."""
        if len(self) != 1:
            raise UserError(self.env._("Choose one customer."))
        return self._open_contact_log()

    def _open_contact_log(self, moves=None):
        """Return the dialog of a talk about invoices, or about all that is overdue.

        A room above puts its own in place of the plain form: one that knows promises.
        """
        self.ensure_one()
        return open_dialog(
            self.env._("Log contact"),
            "sale.collection.contact",
            default_profile_id=self.id,
            # Collectors without rights in accounting have no invoices to pass.
            **({"default_move_ids": moves.ids} if moves else {}),
        )

    def action_take_step(self):
        """Take the step that is advised for this customer."""
        self.ensure_one()
        return self._take_step(self.advice_step)

    def _take_step(self, step):
        """Return the action of a step; rooms above have steps of their own.

        :param str step: key of NEXT_STEPS
        """
        if step == "dispute":
            return self.action_new_dispute()
        if step not in PROPOSALS:
            return self._open_contact_log()
        self._ask_for_decision(step, self.advice_title)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The credit controller has been asked."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_contacts(self):
        """Open the follow-up log of the customer."""
        self.ensure_one()
        return open_list(
            self.env._("Follow-up log"),
            "sale.collection.contact",
            [("profile_id", "=", self.id)],
            default_profile_id=self.id,
        )

    def action_open_disputes(self):
        """Open the disputes of the customer."""
        self.ensure_one()
        return open_list(
            self.env._("Disputes"),
            "sale.collection.dispute",
            [("profile_id", "=", self.id)],
            "list,kanban,form",
            default_profile_id=self.id,
        )

    def action_new_dispute(self):
        """Open a new dispute of the customer."""
        self.ensure_one()
        return self._open_new_dispute(self.env["account.move.line"])

    def _open_new_dispute(self, instalments):
        """Return the dialog of a new dispute over instalments of this customer."""
        lines = [Command.create({"line_id": line.id}) for line in instalments]
        return open_dialog(
            self.env._("New dispute"),
            "sale.collection.dispute",
            default_profile_id=self.id,
            default_line_ids=lines,
            dialog_size="large",
        )

    def action_open_undelivered(self):
        """Open the order lines with goods we have not delivered yet."""
        self.ensure_one()
        company = self.company_id.sudo()
        lines = self.env["sale.order.line"]
        rows = dict(lines._collection_read_undelivered(company, self.partner_id))
        return open_list(
            self.env._("Not delivered yet"),
            "sale.order.line",
            [("id", "in", rows.get(self.partner_id.id, []))],
            create=False,
        )

    def action_open_draft_credits(self):
        """Open the credit notes we have not posted yet."""
        self.ensure_one()
        return open_list(
            self.env._("Credit notes not posted"),
            "account.move",
            self._get_draft_credit_domain(),
            create=False,
        )

    def action_open_unapplied(self):
        """Open the payments and credit notes not matched to an invoice."""
        self.ensure_one()
        return open_list(
            self.env._("Not matched yet"),
            "account.move.line",
            [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("collection_residual", "<", 0),
                ("company_id", "child_of", self.company_id.id),
            ],
            create=False,
        )
