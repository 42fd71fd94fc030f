from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, float_repr
from odoo.tools.misc import format_date, formatLang

from odoo.addons.sale_collection.tools.window import open_dialog

STATES = [
    ("sent", "Not answered"),
    ("agreed", "Agreed"),
    ("differs", "Differs"),
]


class SaleCollectionConfirmation(models.Model):
    """A balance a customer was asked to confirm, and the answer.

    One per customer, day and currency. What the customer owes at the end of the day
    is positive. Auditors ask for it, and an agreed balance restarts many limitation
    periods: who answered, when, from which address and with which signature is kept.
    """

    _name = "sale.collection.confirmation"
    _description = "Balance confirmation"
    _inherit = ["sale.collection.code.written", "mail.thread"]
    _order = "date desc, id desc"
    _mail_post_access = "read"

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    collector_id = fields.Many2one(
        related="profile_id.user_id", string="Collector", store=True
    )
    date = fields.Date(string="Balance as of", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = fields.Monetary(string="Balance", readonly=True, aggregator=None)
    state = fields.Selection(
        STATES, default="sent", required=True, readonly=True, index=True, tracking=True
    )
    # When the amount was read: what was booked later was not agreed to.
    read_on = fields.Datetime(
        readonly=True, default=fields.Datetime.now, export_string_translation=False
    )
    asked_on = fields.Datetime(
        string="Last asked",
        readonly=True,
        help="When the question was last sent. Empty where there is no e-mail "
        "address to send it to: print the statement.",
    )
    answered_on = fields.Datetime(string="Answered on", readonly=True)
    answered_by = fields.Char(string="Answered by", readonly=True)
    answered_ip = fields.Char(string="IP address", readonly=True)
    registered_by_id = fields.Many2one(
        "res.users",
        string="Registered by",
        readonly=True,
        ondelete="restrict",
        help="Who noted an answer that came on paper. The scan is attached below.",
    )
    signature = fields.Image(readonly=True, max_width=1024, max_height=1024)
    words = fields.Text(string="The customer's words", readonly=True)
    is_part = fields.Boolean(
        string="Before a merge",
        readonly=True,
        help="Of one of the customers that are one now: it says nothing about the "
        "whole account.",
    )
    dispute_id = fields.Many2one(
        "sale.collection.dispute", readonly=True, ondelete="set null", index=True
    )

    _once = models.UniqueIndex(
        "(profile_id, date, currency_id) WHERE state = 'sent'",
        "A balance is asked for once a day and currency.",
    )

    def _init_column(self, column_name):
        # EXTENDS: when those of before the field were read, nobody knows
        return None if column_name == "read_on" else super()._init_column(column_name)

    @api.depends("partner_id", "date")
    def _compute_display_name(self):
        for one in self:
            one.display_name = self.env._(
                "Balance of %(customer)s %(date)s",
                customer=one.partner_id.sudo().display_name,
                date=one.date,
            )

    # === ASK ===#

    @api.model
    def _ask(self, profiles, date):
        """Ask customers for the balance of a day, in a constant number of queries.

        Questions already answered stay as they are; the amount of the others is
        brought up to date. Nobody has been sent them yet: see `_note_asked`.

        :param profiles: readable by the user
        :return: the questions to be answered, in superuser mode
        """
        wanted = profiles._get_balances(date)
        own = self.sudo()
        known = own.search(
            [
                ("profile_id", "in", profiles.ids),
                ("date", "=", date),
                "|",
                ("state", "=", "sent"),
                ("is_part", "=", False),
            ]
        )
        found = {(one.profile_id.id, one.currency_id.id): one for one in known}
        waiting = known.filtered(lambda one: one.state == "sent")
        waiting._renew(wanted)
        created = own.create(
            [
                {
                    "profile_id": profile_id,
                    "currency_id": currency_id,
                    "date": date,
                    "amount": amount,
                }
                for (profile_id, currency_id), amount in wanted.items()
                if (profile_id, currency_id) not in found
            ]
        )
        return created | waiting

    def _note_asked(self):
        """Note that these are about to be sent, but to whom no mail can go."""
        reachable = set(self.profile_id._find_reachable().ids)
        asked = self.sudo().filtered(lambda one: one.profile_id.id in reachable)
        asked.asked_on = fields.Datetime.now()

    def _renew(self, wanted):
        """Bring questions nobody has answered up to date.

        :param dict wanted: {(profile id, currency id): balance of the whole account}
        """
        self.filtered("is_part").is_part = False
        self.read_on = fields.Datetime.now()
        for one in self:
            amount = wanted.get((one.profile_id.id, one.currency_id.id), 0.0)
            if one.currency_id.compare_amounts(one.amount, amount):
                one.amount = amount

    # === ANSWER ===#

    def _describe_shown(self):
        """Return what a page shows of these balances, for its answer to bring back."""
        return "_".join(
            f"{one.currency_id.id}:{float_repr(amount, one.currency_id.decimal_places)}"
            for one in self
            # A rounded zero has no sign.
            for amount in [one.currency_id.round(one.amount) + 0.0]
        )

    def _is_as_shown(self, shown):
        """Tell whether those that wait are still what a page showed."""
        read = set((shown or "").split("_"))
        waiting = self.filtered(lambda one: one.state == "sent")
        return all(one._describe_shown() in read for one in waiting)

    def _answer(self, state, name, **values):
        """Note the answer of a customer; a difference opens a dispute.

        Works in superuser mode. What is answered stays answered.

        :param str state: `agreed` or `differs`
        :param str name: the person who answers, in their own words
        :raise UserError: no name, or nothing left to answer
        """
        waiting = self.sudo().filtered(lambda one: one.state == "sent")
        waiting.lock_for_update()
        if not waiting:
            raise UserError(self.env._("This has been answered already. Thank you."))
        if any(waiting.mapped("is_part")):
            raise UserError(
                self.env._(
                    "This balance is being brought up to date. Please open the page "
                    "again in a few minutes."
                )
            )
        if not (name or "").strip():
            raise UserError(self.env._("Please give your name."))
        if state == "differs" and not (values.get("words") or "").strip():
            raise UserError(self.env._("Please say what differs."))
        if state == "agreed":
            # Typed before the other button was chosen: whoever agrees denies nothing.
            values.pop("words", None)
        waiting.write(
            {
                "state": state,
                "answered_on": fields.Datetime.now(),
                "answered_by": name.strip(),
                **values,
            }
        )
        if state == "differs":
            waiting.dispute_id = waiting._open_dispute()
        waiting.profile_id._queue_refresh()
        return waiting

    def _open_dispute(self):
        """Open one dispute over balances that differ, with the customer's words."""
        profile = self.profile_id
        owner = profile._get_portal_owner()
        env = self.with_context(lang=owner.lang).env
        note = env._(
            "%(name)s does not agree with the balance of %(amounts)s on %(date)s: "
            "%(words)s",
            name=self[:1].answered_by,
            amounts=", ".join(one._format_amount(env) for one in self),
            date=self[:1].date,
            words=self[:1].words,
        )
        reason = self.env.ref("sale_collection_portal.reason_balance_differs")
        return self.env["sale.collection.dispute"].create(
            {
                "profile_id": profile.id,
                "reason_id": reason.id,
                "user_id": owner.id,
                "note": note,
            }
        )

    def _describe(self):
        """Return in words what a customer answered for a day."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        return "; ".join(
            self.env._(
                "%(state)s: %(amounts)s on %(date)s",
                state=labels[state],
                amounts=same._format_amounts(),
                date=format_date(self.env, same[:1].date),
            )
            for state, same in self.grouped("state").items()
        )

    def _format_amounts(self):
        return ", ".join(one._format_amount(self.env) for one in self)

    def _format_amount(self, env):
        return formatLang(env, self.amount, currency_obj=self.currency_id)

    # === ANSWERS ON PAPER ===#

    def action_answer_on_paper(self):
        """Ask who answered on paper, what and when, and for the scan."""
        self.check_access("read")
        waiting = self.filtered(lambda one: one.state == "sent")
        if not waiting:
            raise UserError(self.env._("All of them have been answered."))
        return open_dialog(
            self.env._("Answer on paper"),
            "sale.collection.paper.answer",
            default_confirmation_ids=waiting.ids,
        )

    def action_ask_again(self):
        """Send the statements with the unanswered questions once more."""
        self.check_access("read")
        self.profile_id.check_access("write")
        waiting = self.filtered(lambda one: one.state == "sent")
        if not waiting:
            raise UserError(self.env._("All of them have been answered."))
        waiting._note_asked()
        waiting.profile_id._send_statement()

    # === LAST OF A CUSTOMER ===#

    @api.model
    def _find_last(self, profiles, states=tuple(dict(STATES))):
        """Return {profile id: its latest questions about the account, of one day}.

        :param states: of the questions asked about
        """
        self.flush_model(["profile_id", "date", "state", "is_part"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM (
                    SELECT id, date, MAX(date) OVER (PARTITION BY profile_id) AS last
                      FROM sale_collection_confirmation
                     WHERE profile_id = ANY(%s) AND state IN %s
                       AND is_part IS NOT TRUE) confirmation
                 WHERE date = last
                 ORDER BY id
                """,
                profiles.ids,
                states,
            )
        )
        found = self.sudo().browse(row[0] for row in rows).grouped("profile_id")
        return {profile.id: own for profile, own in found.items()}

    @api.model
    def _get_standing_sql(self):
        """Select by `profile_id` the last day `agreed` to, the number of balances that
        `differ`, of those whose dispute is open, and when the last was answered.
        """
        return SQL(
            """
            SELECT one.profile_id,
                   MAX(one.date) FILTER (WHERE one.state = 'agreed'
                       AND one.is_part IS NOT TRUE) AS agreed,
                   COUNT(dispute.id) AS differ,
                   MAX(one.answered_on) FILTER (WHERE dispute.id IS NOT NULL)
                       AS answered
              FROM sale_collection_confirmation one
         LEFT JOIN sale_collection_dispute dispute
                ON dispute.id = one.dispute_id AND dispute.state = 'open'
          GROUP BY one.profile_id
            """
        )

    @api.model
    def _find_waiting(self, profiles):
        """Return {profile id: the questions last asked that nobody has answered}."""
        self.flush_model(["profile_id", "date", "asked_on", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM (
                    SELECT id, date, FIRST_VALUE(date) OVER (
                               PARTITION BY profile_id
                               ORDER BY COALESCE(asked_on, create_date) DESC,
                                        date DESC) AS last
                      FROM sale_collection_confirmation
                     WHERE profile_id = ANY(%s) AND state = 'sent') confirmation
                 WHERE date = last
                 ORDER BY id
                """,
                profiles.ids,
            )
        )
        found = self.sudo().browse(row[0] for row in rows).grouped("profile_id")
        return {profile.id: own for profile, own in found.items()}
