from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.date_utils import relativedelta

from ...fields import OptionalFloat

# Days in which money counts as come after what was said, and after a contact.
REASON_DAYS = 14
CONTACT_DAYS = 3
MEMORY = relativedelta(months=12)


class SaleCollectionProfile(models.Model):
    """What was said to and by the customer, and what came of it."""

    _inherit = "sale.collection.profile"

    contact_ids = fields.One2many(
        "sale.collection.contact", "profile_id", string="Follow-up log"
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

    @api.depends("contact_ids.reason_id", "contact_ids.confirmed_reason_id")
    def _compute_last_reason_id(self):
        last = dict(self._read_last_reasons(SQL("= ANY(%s)", self.ids)))
        for profile in self:
            profile.last_reason_id = last.get(profile._origin.id)

    @api.model
    def _search_last_reason_id(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self._read_last_reasons(SQL("IS NOT NULL"))
        named = [profile_id for profile_id, __ in rows]
        found = [profile_id for profile_id, reason_id in rows if reason_id in value]
        domain = [("id", "in", found)]
        if False in value:
            domain = ["|", ("id", "not in", named), *domain]
        return domain

    @api.model
    def _read_last_reasons(self, condition):
        """Return (profile id, reason id) pairs of profiles on a condition."""
        contacts = self.env["sale.collection.contact"]
        contacts.flush_model(["profile_id", "date", "reason_id", "confirmed_reason_id"])
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
        shares = self._collect_contact_money_share()
        for profile in self:
            profile.contact_money_share = shares.get(profile._origin.id, False)

    # === COLLECT ===#

    @api.model
    def _get_cash_after_sql(self, company, columns):
        """Select cash receipts of the customer of the row `profile`."""
        return SQL(
            """
            SELECT %(columns)s
              FROM sale_collection_receipt receipt
             WHERE receipt.partner_id = profile.partner_id
               AND receipt.kind = 'cash'
               AND receipt.company_id IN (
                   SELECT id FROM res_company WHERE parent_path LIKE %(tree)s
               )
            """,
            columns=columns,
            tree=f"{company.parent_path}%",
        )

    def _collect_reason_record(self):
        """Return {profile id: [(reason, times said, times money came)]}, most first."""
        record = defaultdict(list)
        reasons = self.env["sale.collection.reason"]
        for company, profiles in self.sudo().grouped("company_id").items():
            for profile_id, reason_id, *counts in profiles._read_reasons(company):
                record[profile_id].append((reasons.browse(reason_id), *counts))
        return record

    def _read_reasons(self, company):
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
                money=self._get_cash_after_sql(company, SQL("SUM(receipt.amount)")),
                days=REASON_DAYS,
                profiles=self.ids,
                since=company._collection_today() - MEMORY,
            )
        )

    def _collect_contact_money_share(self):
        """Return {profile id: part of the money that came soon after a contact}."""
        shares = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            shares.update(profiles._read_contact_money(company))
        return shares

    def _read_contact_money(self, company):
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
                money=self._get_cash_after_sql(
                    company, SQL("receipt.date, receipt.amount")
                ),
                days=CONTACT_DAYS,
                profiles=self.ids,
                since=company._collection_today() - MEMORY,
            )
        )

    def _get_amounts_overdue(self):
        """Return {profile id: amount overdue now}, from the ledger itself."""
        facts = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            live = profiles.with_company(company)._get_live_facts()
            for profile in profiles:
                facts[profile.id] = live[profile.partner_id.id]["amount_overdue"]
        return facts

    # === BUSINESS ===#

    def _ask_for_decision(self, step, why):
        """Ask the credit controller to decide on a next step of these customers.

        :param str step: key of NEXT_STEPS
        """
        labels = dict(
            self.env["sale.collection.reason"]
            ._fields["next_step"]
            ._description_selection(self.env)
        )
        for profile in self:
            company = profile.company_id
            controller = company._collection_get_controller() or self.env.user
            profile.activity_schedule(
                "sale_collection.activity_decision",
                date_deadline=company._collection_today(),
                user_id=controller.id,
                summary=labels[step],
                note=why,
            )

    def _get_manager(self):
        """Return who steps in when talking does not help: the sales team's head."""
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
        """Return the dialog of a talk about invoices, or about all that is overdue."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log contact"),
            "res_model": "sale.collection.contact.log",
            "view_mode": "form",
            # The chatter opens it without the server completing the action.
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_profile_id": self.id,
                # Collectors without rights in accounting have no invoices to pass.
                **({"default_move_ids": moves.ids} if moves else {}),
            },
        }

    def action_open_contacts(self):
        """Open the follow-up log of the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Follow-up log"),
            "res_model": "sale.collection.contact",
            "view_mode": "list,form",
            "domain": [("profile_id", "=", self.id)],
            "context": {"default_profile_id": self.id},
        }
