from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from odoo.addons.sale_collection.tools.window import open_list

KINDS = [
    ("agency", "Collection agency"),
    ("lawyer", "Lawyer"),
    ("court", "Court"),
]
STATES = [
    ("draft", "Being prepared"),
    ("handed", "Handed over"),
    ("won", "Won"),
    ("returned", "Taken back"),
    ("closed", "Closed"),
]
# While it is in one of these nobody else may hand its debts over.
LIVE = ("draft", "handed")
# What is noted once the debts are with somebody else, beside what chatter writes.
NOTED_FIELDS = {"reference", "fee", "result", "note"}
# What may change once there is a final demand; lines look after themselves.
PREPARED_FIELDS = {"receiver_id", "kind", "date", "line_ids"}
CHATTER_PREFIXES = ("message_", "activity_", "my_activity_", "website_")
# Days a customer has from the final demand on.
DEMAND_DAYS = 14
FOLLOW_UP = "sale_collection.activity_follow_up"


class SaleCollectionHandover(models.Model):
    """Debts of a customer on their way to an agency, a lawyer or a court.

    Prepared with a final demand; handed over, nobody here asks for them any more. What
    came since then is read from the ledger. Amounts are in company currency.
    """

    _name = "sale.collection.handover"
    _description = "Hand-over"
    _inherit = [
        "sale.collection.code.written",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

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
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        index=True,
    )
    kind = fields.Selection(KINDS, string="To", required=True, default="agency")
    receiver_id = fields.Many2one(
        "res.partner",
        string="Agency, lawyer or court",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    recipient_id = fields.Many2one(
        "res.partner",
        string="Letter to",
        compute="_compute_recipient_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('commercial_partner_id', '=', partner_id)]",
        help="Whom the final demand is addressed to.",
    )
    demand_date = fields.Date(string="Final demand of", readonly=True, copy=False)
    demand_until = fields.Date(
        string="To pay by",
        copy=False,
        help="Last day the final demand gives. Empty: two weeks from the letter on.",
    )
    date = fields.Date(
        string="Handed over on", copy=False, help="Empty: the day of the button."
    )
    reference = fields.Char(string="Their reference", tracking=True)
    fee = fields.Monetary(tracking=True, help="What they ask from us for it.")
    note = fields.Text()
    result = fields.Text(help="What came of it. Needed to end the hand-over.")
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    ended_on = fields.Date(string="Ended on", readonly=True, copy=False)
    # The youngest row of the ledger at the hand-over: what was known before is ours.
    receipt_mark = fields.Integer(
        readonly=True, copy=False, export_string_translation=False
    )
    line_ids = fields.One2many(
        "sale.collection.handover.line", "handover_id", string="Instalments"
    )
    amount = fields.Monetary(
        compute="_compute_amount",
        store=True,
        help="What was open of the instalments when they were handed over.",
    )
    amount_open = fields.Monetary(string="Open", compute="_compute_figures")
    amount_collected = fields.Monetary(
        string="Collected since",
        compute="_compute_figures",
        help="Money that came for the instalments from the hand-over to its end.",
    )

    _fee_positive = models.Constraint(
        "CHECK (fee IS NULL OR fee >= 0)", "Fee: enter an amount of 0 or more."
    )
    _demand_order = models.Constraint(
        "CHECK (demand_until > demand_date)",
        "To pay by: choose a day after the letter.",
    )

    # === COMPUTE ===#

    @api.depends("partner_id", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for one in self:
            one.display_name = self.env._(
                "%(customer)s: %(kind)s",
                customer=one.partner_id.sudo().name or "",
                kind=kinds.get(one.kind, ""),
            )

    @api.depends("profile_id")
    def _compute_recipient_id(self):
        """Propose the invoice address: another customer's is never kept."""
        for one in self:
            customer = one.profile_id.sudo().partner_id
            known = one.recipient_id.commercial_partner_id == customer
            if not known:
                one.recipient_id = customer.address_get(["invoice"])["invoice"]

    @api.depends("line_ids.amount")
    def _compute_amount(self):
        for one in self:
            one.amount = sum(one.line_ids.mapped("amount"))

    @api.depends("line_ids.residual", "line_ids.amount_collected")
    def _compute_figures(self):
        for one in self:
            one.amount_open = sum(one.line_ids.mapped("residual"))
            one.amount_collected = sum(one.line_ids.mapped("amount_collected"))

    # === CONSTRAINTS ===#

    @api.constrains("profile_id", "recipient_id")
    def _check_recipient(self):
        for one in self.sudo():
            if one.recipient_id.commercial_partner_id != one.partner_id:
                raise ValidationError(
                    self.env._("Letter to: choose an address of the customer.")
                )

    @api.constrains("date", "profile_id")
    def _check_date(self):
        for one in self:
            if one.date and one.date > one.company_id._collection_today():
                raise ValidationError(
                    self.env._("Handed over on: choose today or a day before.")
                )

    @api.constrains("result")
    def _check_result_kept(self):
        self.filtered(lambda one: one.ended_on and one.date)._check_result()

    def _check_result(self):
        """Have it said what came of hand-overs.

        :raise ValidationError: one of them has no result
        """
        if not all((one.result or "").strip() for one in self):
            raise ValidationError(self.env._("Result: say what came of it."))

    @api.constrains("profile_id")
    def _check_lines(self):
        self.line_ids._check_debt()

    def _check_may_change(self):
        """Leave what was demanded or handed over as it is.

        :raise UserError: it is more than a draft
        """
        for one in self:
            if not self.env.su and (one.state != "draft" or one.demand_date):
                raise UserError(
                    self.env._(
                        "What was demanded or handed over stays as it is. Note "
                        "reference, fee and result, or end it with its buttons."
                    )
                )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["sale.collection.profile"]._complete_profile(vals)
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            self._check_entered(self._strip_code_written(vals))
        return super().write(vals)

    def _check_entered(self, names):
        """Refuse the change of these fields where they are fixed."""
        entered = {name for name in names if not name.startswith(CHATTER_PREFIXES)}
        fixed = entered - NOTED_FIELDS
        if fixed - PREPARED_FIELDS:
            self._check_may_change()
        elif fixed:
            self._check_state("draft")

    @api.ondelete(at_uninstall=False)
    def _unlink_except_told(self):
        self._check_may_change()

    def _check_state(self, *states):
        """Refuse what an older screen still offers.

        :raise UserError: a hand-over is in another state now
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        for one in self:
            if one.state not in states:
                raise UserError(
                    self.env._(
                        "%(name)s is now: %(state)s.",
                        name=one.display_name,
                        state=labels[one.state],
                    )
                )

    # === WHAT IS WITH OTHERS ===#

    @api.model
    def _get_handed_sql(self, company):
        """Select the ids of the instalments others ask for."""
        return SQL(
            """
            SELECT part.line_id
              FROM sale_collection_handover_line part
              JOIN sale_collection_handover handover ON handover.id = part.handover_id
             WHERE handover.state = 'handed' AND handover.company_id = %s
            """,
            company.id,
        )

    def _counts(self, row):
        """Tell whether a row of the ledger is money that came while it lasted."""
        self.ensure_one()
        if self.state == "draft" or not self.date:
            return False
        first = row.reversal_of_id or row
        until = self.ended_on or row.date
        return self.date <= row.date <= until and first.id > self.receipt_mark

    def _touch_customers(self):
        """Have all that hangs on the customers brought up to date within a minute."""
        for company, own in self.grouped("company_id").items():
            queue = self.env["sale.collection.queue"]
            queue._push("partner", own.partner_id.ids, company)

    @api.model
    def _open_new(self, lines):
        """Open the hand-over of these instalments, made as a draft.

        :param lines: journal items of one customer, in superuser mode
        :raise UserError: they are of several customers, or nobody's
        """
        company = lines.company_id.root_id
        customer = lines.partner_id.commercial_partner_id
        if len(customer) != 1 or len(company) != 1:
            raise UserError(self.env._("Choose instalments of one customer."))
        profile = self.env["sale.collection.profile"].sudo().with_company(company)
        draft = self.create(
            {
                "profile_id": profile._for(customer).id,
                "line_ids": [
                    fields.Command.create({"line_id": key}) for key in lines.ids
                ],
            }
        )
        return draft._get_records_action()

    # === ACTIONS ===#

    def _start(self, *states):
        """Check right and state of one hand-over under lock, and that debts are left.

        :return: the hand-over in superuser mode, and today
        """
        self.ensure_one()
        self.check_access("write")
        self.lock_for_update()
        self._check_state(*states)
        return self.sudo(), self.company_id._collection_today()

    def _check_open(self):
        """Refuse to go on where everything is settled meanwhile.

        :raise UserError: nothing of any instalment is open
        """
        if not self.line_ids:
            raise UserError(self.env._("Instalments: add what is to be paid."))
        if self.currency_id.compare_amounts(self.amount_open, 0) <= 0:
            raise UserError(self.env._("Nothing of it is open any more: close it."))

    def action_demand(self):
        """Print the final demand; the first time it counts as sent from today on."""
        own, today = self._start("draft")
        if not own.demand_date:
            own._check_open()
            until = own.demand_until or today + timedelta(DEMAND_DAYS)
            if until <= today:
                raise UserError(self.env._("To pay by: choose a day that lies ahead."))
            own.line_ids._take_stock()
            own.write({"demand_date": today, "demand_until": until})
            own._follow_up(until)
            own.profile_id._message_log(body=own._describe_demand())
        return self.action_print_demand()

    def action_print_demand(self):
        """Print the final demand as it was made, once more."""
        self.check_access("read")
        report = self.env.ref("sale_collection_legal.report_final_demand")
        return report.report_action(self)

    def _get_totals(self):
        """Return what the letter asks for: (currency, amount) of each currency."""
        self.ensure_one()
        lines = self.line_ids.filtered("amount").grouped("currency_id")
        return [
            (currency, sum(own.mapped("amount_currency")))
            for currency, own in lines.items()
        ]

    def _follow_up(self, until):
        """Have whoever demands look at it once the time is over."""
        self.profile_id.activity_schedule(
            FOLLOW_UP,
            date_deadline=until + timedelta(1),
            user_id=self.user_id.id,
            summary=self.with_context(lang=self.user_id.lang).env._(
                "Final demand: paid by %(day)s?", day=format_date(self.env, until)
            ),
        )

    def _describe_demand(self):
        return self.env._(
            "Final demand of %(amount)s, to pay by %(day)s.",
            amount=self.currency_id.format(self.amount),
            day=format_date(self.env, self.demand_until),
        )

    def action_hand_over(self):
        """Leave the debts to the receiver: nobody here asks for them from now on."""
        own, today = self._start("draft")
        if not own.receiver_id:
            raise UserError(
                self.env._("Agency, lawyer or court: choose who is to collect.")
            )
        own._check_open()
        own.line_ids._take_stock()
        mark = self.env["sale.collection.receipt"].sudo()
        own.write(
            {
                "state": "handed",
                "date": own.date or today,
                "receipt_mark": mark.search([], order="id desc", limit=1).id,
            }
        )
        own.profile_id._message_log(
            body=self.env._(
                "%(amount)s handed over to %(receiver)s.",
                amount=own.currency_id.format(own.amount),
                receiver=own.receiver_id.name,
            )
        )
        own._touch_customers()
        return True

    def action_win(self):
        """Note that they won: what is open still is asked for here again."""
        return self._end("won", "handed")

    def action_take_back(self):
        """Take the debts back: they are asked for here again."""
        return self._end("returned", "handed")

    def action_close(self):
        """Close it without success, or a draft that is not needed any more."""
        return self._end("closed", *LIVE)

    def _end(self, state, *states):
        own, today = self._start(*states)
        own.filtered(lambda one: one.state == "handed")._check_result()
        values = {"state": state, "ended_on": today}
        if own.state == "draft":
            values["date"] = False
        own.write(values)
        own.line_ids.is_live = False
        own._touch_customers()
        return True

    def action_write_off(self):
        """Ask for the approval to write off what is open of these debts."""
        self.ensure_one()
        self.check_access("read")
        lines = self.sudo().line_ids.line_id
        requests = self.env["sale.collection.write.off"]
        return requests._ask_bad_debts(lines, self.result or self.display_name)

    def action_download_evidence(self):
        """Download all that proves the debts of the customer."""
        evidence = self.env["sale.collection.evidence"]
        return evidence._get_download_action(self.profile_id)

    def action_open_receipts(self):
        """Open the money that came since the hand-over."""
        self.ensure_one()
        self.check_access("read")
        rows = self.line_ids._find_receipts()
        return open_list(
            self.env._("Collected since"),
            "sale.collection.receipt",
            [("id", "in", rows.ids)],
            "list",
        )
