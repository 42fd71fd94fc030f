from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

KINDS = [
    ("cheque", "Cheque"),
    ("bank", "Bill accepted by a bank"),
    ("trade", "Bill accepted by a company"),
    ("note", "Promissory note"),
]
STATES = [
    ("asked", "To approve"),
    ("hand", "In hand"),
    ("deposited", "Deposited"),
    ("cleared", "Cleared"),
    ("bounced", "Bounced"),
    ("refused", "Refused"),
]
# What is looked at before a paper is taken.
CHECKS = ("has_drawer", "has_words", "has_seal", "has_dates", "has_endorsements")
ACCOUNTANTS = "account.group_account_invoice"
CONTROLLERS = "sale_collection.group_credit_controller"
DECISION = "sale_collection.activity_decision"
# What a decision is about: another paper is decided on anew.
DECIDED = frozenset(
    {"profile_id", "amount", "currency_id", "kind", "number", "drawer", "bank"}
    | {"date", "issue_date", "maturity_date"}
)


class SaleCollectionBill(models.Model):
    """A cheque or bill of exchange in hand: money on one day, a risk until then.

    Two clocks. Until it matures nobody is asked for the debts it covers. Until then its
    amount counts as credit the customer uses, whatever the day of its payment.
    """

    _name = "sale.collection.bill"
    _description = "Cheque or bill"
    _inherit = ["sale.collection.handed"]
    _order = "maturity_date, id"
    _check_company_auto = True

    user_id = fields.Many2one(string="Taken by")
    date = fields.Date(string="Taken on", help="The day it was handed over.")
    # What was known when a promise was made; the day alone would not tell.
    taken_at = fields.Datetime(
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
        export_string_translation=False,
    )
    kind = fields.Selection(KINDS, required=True, default="bank")
    number = fields.Char(required=True)
    drawer = fields.Char(
        help="Who drew it, where it was not the customer itself. Another than the "
        "customer is for the credit controller to decide."
    )
    bank = fields.Char(string="Drawee bank", help="Who is to pay it.")
    issue_date = fields.Date(string="Issued on")
    maturity_date = fields.Date(
        string="Matures on",
        required=True,
        index=True,
        help="The first day on which it is money.",
    )
    line_ids = fields.One2many(
        "sale.collection.bill.line",
        "bill_id",
        string="For",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    notice_id = fields.Many2one(
        "sale.collection.notice",
        string="Payment notice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    is_booked = fields.Boolean(
        string="Booked", compute="_compute_is_booked", compute_sudo=True
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="hand",
        copy=False,
        index=True,
        tracking=True,
    )
    # Where one that is cleared goes back to.
    was_deposited = fields.Boolean(
        readonly=True, copy=False, export_string_translation=False
    )
    reason = fields.Char(string="Why", readonly=True, copy=False)

    # === CHECK LIST ===#

    has_drawer = fields.Boolean(string="The drawer is the customer")
    has_words = fields.Boolean(string="Words and figures say the same")
    has_seal = fields.Boolean(string="Seal and signature are there")
    has_dates = fields.Boolean(string="The dates are right")
    has_endorsements = fields.Boolean(string="The endorsements follow each other")

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Amount: enter what the paper is for, above 0."
    )
    _matures_after = models.Constraint(
        "CHECK (issue_date IS NULL OR maturity_date >= issue_date)",
        "Matures on: choose a day on or after the day of issue.",
    )
    _created_with = frozenset({"notice_id"})

    # === COMPUTE ===#

    @api.depends("payment_id.state")
    def _compute_is_booked(self):
        for bill in self:
            bill.is_booked = bill.payment_id.state in ("in_process", "paid")

    # === CONSTRAINTS ===#

    @api.constrains("notice_id", "profile_id")
    def _check_notice(self):
        for bill in self.sudo():
            if bill.notice_id and bill.notice_id.profile_id != bill.profile_id:
                raise ValidationError(
                    self.env._("Payment notice: choose one of the same customer.")
                )

    def _check_may_change(self):
        """Leave a bill to who took it, as long as it is in hand and not booked.

        :raise AccessError: somebody else changes it
        :raise UserError: it is booked, or in hand no more
        """
        if self.env.su:
            return
        is_accountant = self.env.user.has_group(ACCOUNTANTS)
        if not is_accountant and any(bill.user_id != self.env.user for bill in self):
            raise AccessError(
                self.env._("Only who took a bill, and accountants, change it.")
            )
        if any(bill.state not in ("asked", "hand") or bill.is_booked for bill in self):
            raise UserError(
                self.env._(
                    "This bill is booked, or in hand no more: it stays as it is."
                )
            )
        self.sudo()._check_no_draft()

    # === CRUD ===#

    def _init_column(self, column_name):
        # EXTENDS: as far as it is known of bills of before the field
        values = {
            "taken_at": SQL("create_date"),
            "was_deposited": SQL("state IN ('deposited', 'cleared')"),
        }
        if column_name not in values:
            return super()._init_column(column_name)
        column = SQL.identifier(column_name)
        query = "UPDATE sale_collection_bill SET %s = %s WHERE %s IS NULL"
        return self.env.cr.execute(SQL(query, column, values[column_name], column))

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["sale.collection.profile"]._complete_profile(vals)
        bills = super().create(vals_list)
        bills._ask_where_needed()
        bills.notice_id._take_in()
        bills.sudo()._touch_customers()
        return bills

    def write(self, vals):
        self._check_may_change()
        result = super().write(vals)
        if not self.env.su:
            if not DECIDED.isdisjoint(vals):
                in_hand = self.sudo().filtered(lambda bill: bill.state == "hand")
                in_hand.reason = False
            self._ask_where_needed()
            self.sudo()._touch_customers()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        self._check_may_change()
        self.sudo()._touch_customers()

    def _touch_customers(self):
        """Have figures and orders of the customers judged anew within a minute."""
        for company, bills in self.grouped("company_id").items():
            queue = self.env["sale.collection.queue"]
            queue._push("partner", bills.partner_id.ids, company)

    # === WHO DECIDES ===#

    def _find_doubts(self):
        """Yield why the credit controller is to decide on a bill, in words."""
        self.ensure_one()
        longest = self.company_id.collection_bill_days
        # A paper dated ahead runs from the day it was taken.
        start = min(self.issue_date or self.date, self.date)
        days = (self.maturity_date - start).days
        if days > longest:
            yield self.env._(
                "it runs %(days)s days, more than %(most)s", days=days, most=longest
            )
        if not self.has_drawer or self._is_foreign():
            yield self.env._("the drawer is not the customer")
        for name in CHECKS[1:]:
            if not self[name]:
                label = self._fields[name]._description_string(self.env)
                yield self.env._("not checked: %(what)s", what=label)

    def _is_foreign(self):
        """Tell whether the drawer is named, and by no name of the customer."""
        partner = self.partner_id.sudo()
        names = partner | partner.commercial_partner_id
        known = map(_fold, ["", *filter(None, names.mapped("name"))])
        return _fold(self.drawer or "") not in set(known)

    def _ask_where_needed(self):
        """Have the controller decide on papers with a doubt; take the others."""
        for own in self.sudo():
            # Compared as text: always in the language of who took it.
            bill = own.with_context(lang=own.user_id.lang)
            doubts = "; ".join(bill._find_doubts())
            if not doubts and bill.state == "asked":
                bill.write({"state": "hand", "reason": False})
                bill._finish_decision()
            elif doubts and bill.state == "asked" and bill.reason != doubts:
                bill.reason = doubts
            elif doubts and bill.state == "hand" and bill.reason != doubts:
                bill._ask(doubts)

    def _ask(self, doubts):
        """Ask the controller; one who takes a doubtful paper has decided already."""
        if self.user_id.has_group(CONTROLLERS):
            self.reason = doubts
            return
        self.write({"state": "asked", "reason": doubts})
        controller = self.company_id._collection_get_controller() or self.env.user
        self.profile_id.activity_schedule(
            DECISION,
            date_deadline=self.company_id._collection_today(),
            user_id=controller.id,
            summary=self._get_decision(controller.lang),
            note=doubts,
        )

    def _get_decision(self, lang):
        return self.with_context(lang=lang).env._(
            "Take bill %(number)s?", number=self.number
        )

    def _finish_decision(self):
        """Close what asked the controller about these bills."""
        for bill in self.sudo():
            todo = bill.profile_id.activity_search([DECISION])
            todo.filtered(
                lambda one, bill=bill: (
                    one.summary == bill._get_decision(one.user_id.lang)
                )
            ).action_done()

    def _check_controller(self):
        self.check_access("read")
        if not self.env.user.has_group(CONTROLLERS):
            raise AccessError(
                self.env._("The credit controller decides on doubtful bills.")
            )
        self._check_state("asked")

    def _check_state(self, *states):
        """Refuse what an older screen still offers.

        :raise UserError: a bill is in another state now
        """
        labels = dict(self._fields["state"]._description_selection(self.env))
        for bill in self:
            if bill.state not in states:
                raise UserError(
                    self.env._(
                        "Bill %(number)s is now: %(state)s.",
                        number=bill.number,
                        state=labels[bill.state],
                    )
                )

    def _move_to(self, state, **values):
        """Write a state as the code, and have the customers judged anew."""
        if state == "deposited":
            values["was_deposited"] = True
        bills = self.sudo()
        bills.write({"state": state, **values})
        bills._touch_customers()

    # === ACTIONS ===#

    def action_save(self):
        """Close the dialog: the bill is saved."""
        return {"type": "ir.actions.act_window_close"}

    def action_approve(self):
        """Take a doubtful paper all the same."""
        self._check_controller()
        self._move_to("hand")
        self._finish_decision()
        return True

    def action_refuse(self):
        """Give a doubtful paper back to the customer."""
        self._check_controller()
        self._move_to("refused")
        self._finish_decision()
        for bill in self:
            bill._tell_taker()
            notice = bill.sudo().notice_id
            if notice and set(notice.bill_ids.mapped("state")) == {"refused"}:
                notice._return(bill.sudo().reason or "")
        return True

    def _tell_taker(self):
        taker = self.sudo().user_id
        self.sudo().profile_id.activity_schedule(
            "sale_collection.activity_follow_up",
            date_deadline=self.company_id._collection_today(),
            user_id=taker.id,
            summary=self.with_context(lang=taker.lang).env._(
                "Bill %(number)s is not taken: %(why)s",
                number=self.number,
                why=self.reason or "",
            ),
        )

    def _check_accountant(self):
        self.check_access("read")
        if not self.env.user.has_group(ACCOUNTANTS):
            raise AccessError(self.env._("Accountants book and deposit bills."))

    def action_register_payment(self):
        """Book the bill: core's dialog, filled in, and tied to the bill."""
        self.ensure_one()
        self._check_accountant()
        self._check_state("hand", "deposited")
        self._check_unbooked()
        return self._open_payment(collection_bill_id=self.id)

    def _check_unbooked(self):
        """Refuse a second payment of one paper.

        :raise UserError: the bill is booked already
        """
        if self.is_booked:
            raise UserError(
                self.env._(
                    "Bill %(number)s is booked already: %(payment)s.",
                    number=self.number,
                    payment=self.payment_id.display_name,
                )
            )

    def action_deposit(self):
        """Note that the bank has it."""
        self._check_accountant()
        self._check_state("hand")
        self._move_to("deposited")
        return True

    def action_clear(self):
        """Note that the money is there: from now on it earns commission."""
        self._check_accountant()
        self._check_state("hand", "deposited")
        for bill in self:
            if bill.maturity_date > bill.company_id._collection_today():
                raise UserError(
                    self.env._(
                        "Bill %(number)s matures on %(date)s: it clears then.",
                        number=bill.number,
                        date=format_date(self.env, bill.maturity_date),
                    )
                )
        self._move_to("cleared")
        return True

    def action_bounce(self):
        """Ask for reason and fee of its payment; without one the debts are open."""
        self.ensure_one()
        self._check_accountant()
        self._check_state("hand", "deposited", "cleared")
        if self.is_booked:
            return self.payment_id.action_collection_bounce()
        self._move_to("bounced")
        return True

    def action_untie(self):
        """Note that the payment is not of this bill: it goes back to where it was."""
        self._check_accountant()
        self._check_state("hand", "deposited", "cleared")
        self.sudo()._check_no_draft()
        unbooked = self.filtered(lambda bill: not bill.is_booked)[:1]
        if unbooked:
            raise UserError(
                self.env._("Bill %(number)s is not booked.", number=unbooked.number)
            )
        for bill in self.sudo():
            for line in bill.payment_id._seek_for_lines()[0]:
                line.date_maturity = line.date
            is_deposited = bill.state == "deposited" or bill.was_deposited
            bill._move_to("deposited" if is_deposited else "hand", payment_id=False)
        return True

    def action_open_payment(self):
        """Open the payment of the bill."""
        self.ensure_one()
        return self.payment_id._get_records_action()

    # === PAYMENT ===#

    def _get_memo(self):
        return " ".join(filter(None, [self.number, self.drawer, super()._get_memo()]))

    def _set_payment(self, payments):
        """Tie the payment an accountant has made to its bill."""
        self.ensure_one()
        if len(payments) != 1:
            raise ValidationError(
                self.env._(
                    "Bill %(number)s: book it as one payment.", number=self.number
                )
            )
        if payments.partner_id.commercial_partner_id != self.partner_id:
            raise ValidationError(
                self.env._(
                    "Bill %(number)s is of %(customer)s.",
                    number=self.number,
                    customer=self.partner_id.display_name,
                )
            )
        # The dialog may be an hour old.
        self._check_state("hand", "deposited")
        self._check_unbooked()
        if self.payment_id != payments:
            self._check_no_draft()
        self.sudo().payment_id = payments

    def _note_booked(self):
        """Note on the payments of these bills when they are money.

        Some commission plans read the maturity on this very line.
        """
        for bill in self:
            lines = bill.payment_id._seek_for_lines()[0]
            lines.write({"date_maturity": bill.maturity_date})
        self._touch_customers()

    @api.model
    def _tie_payments(self, partials):
        """Tie payments just matched, not booked by the button of a bill, to the bill.

        A payment of the very amount, matched with the very instalments, on or after
        the day the bill was handed over; the oldest of bills alike comes first.
        """
        payments = partials.credit_move_id.move_id.origin_payment_id
        # Asked first: few payments are of a bill.
        waiting = payments and self.search(
            [
                ("line_ids.line_id", "in", partials.debit_move_id.ids),
                ("state", "in", ("hand", "deposited")),
            ],
            order="date, id",
        ).filtered(lambda bill: bill.payment_id.state in (False, "canceled"))
        if not waiting:
            return
        payments = payments.filtered(
            lambda payment: (
                payment.collection_can_bounce and not payment.payment_transaction_id
            )
        )
        payments -= self.search([("payment_id", "in", payments.ids)]).payment_id
        for payment in payments:
            bill = waiting.filtered(lambda own, paid=payment: own._is_paid_by(paid))[:1]
            if bill:
                bill.payment_id = payment
                bill._note_booked()
                waiting -= bill

    def _is_paid_by(self, payment):
        """Tell whether a payment is of this bill and of nothing else."""
        return (
            payment.partner_id.commercial_partner_id == self.partner_id
            and payment.currency_id == self.currency_id
            and not payment.currency_id.compare_amounts(payment.amount, self.amount)
            and payment.date >= self.date
            and payment._collection_settled_lines()
            == self.line_ids.filtered("amount").line_id
        )

    def _check_no_draft(self):
        """Refuse what would make a bill another than the payment being made of it.

        :raise UserError: a payment of a bill is in draft
        """
        for bill in self:
            if bill.payment_id.state == "draft":
                raise UserError(
                    self.env._(
                        "Bill %(number)s: a payment of it is in draft. Post or delete "
                        "it.",
                        number=bill.number,
                    )
                )

    # === THE NIGHT ===#

    @api.model
    def _clear_matched(self, company, today):
        """Note as cleared those matured whose money the bank has brought."""
        bills = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("hand", "deposited")),
                ("maturity_date", "<=", today),
                ("payment_id.is_matched", "=", True),
            ]
        )
        if bills:
            bills._move_to("cleared")
        return bills


def _fold(name):
    """Return a name without differences of case and space."""
    return "".join(name.split()).casefold()
