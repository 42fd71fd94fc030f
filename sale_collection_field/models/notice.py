from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.sale_collection.models.profile.profile import PAYMENT_FORMS
from odoo.addons.sale_collection.tools.window import open_dialog

STATES = [
    ("open", "To confirm"),
    ("confirmed", "Confirmed"),
    ("returned", "Returned"),
]
# Money is looked for so long after the day a customer paid.
KEPT_DAYS = 120
ACTIVITY = "sale_collection.activity_follow_up"
ACCOUNTANTS = "account.group_account_invoice"


class SaleCollectionNotice(models.Model):
    """Money a rep saw or was told of, before the accountants have it.

    It is money nowhere: promises, grades, holds and commission wait for the receipt.
    Until its last day nobody is reminded of its instalments. The receipt confirms it;
    without one it goes back to the rep.
    """

    _name = "sale.collection.notice"
    _description = "Payment notice"
    _inherit = ["sale.collection.handed"]
    _order = "date desc, id desc"
    _check_company_auto = True

    payment_form = fields.Selection(
        PAYMENT_FORMS,
        string="Form of payment",
        required=True,
        compute="_compute_payment_form",
        store=True,
        readonly=False,
        precompute=True,
    )
    payer = fields.Char(help="Who paid, where it was not the customer itself.")
    number = fields.Char(
        help="Of the cheque, the bill or the transfer, as they have it."
    )
    line_ids = fields.One2many(
        "sale.collection.notice.line",
        "notice_id",
        string="For",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
    )
    until_date = fields.Date(
        string="Expected by",
        readonly=True,
        copy=False,
        help="Last day without reminders. Without money by then it goes back to the "
        "rep.",
    )
    received = fields.Monetary(readonly=True, copy=False)
    reason = fields.Char(string="Why returned", readonly=True, copy=False)
    bill_ids = fields.One2many(
        "sale.collection.bill", "notice_id", string="Taken in as"
    )
    # The youngest row of the ledger and journal item then: what was known before is
    # other money, and times are in seconds.
    receipt_mark = fields.Integer(readonly=True, export_string_translation=False)
    line_mark = fields.Integer(readonly=True, export_string_translation=False)

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Amount: enter what was paid, above 0."
    )

    # === COMPUTE ===#

    @api.depends("profile_id")
    def _compute_payment_form(self):
        for notice in self:
            usual = notice.profile_id.sudo().payment_form
            notice.payment_form = notice.payment_form or usual or "transfer"

    # === CONSTRAINTS ===#

    def _check_may_change(self):
        """Leave what was confirmed as it is, and what was told to who told it.

        :raise AccessError: somebody else changes it
        :raise UserError: it is confirmed
        """
        if self.env.su:
            return
        if any(notice.user_id != self.env.user for notice in self):
            raise AccessError(
                self.env._("Only who reported a payment changes what was reported.")
            )
        if "confirmed" in self.mapped("state"):
            raise UserError(
                self.env._("The money has come: this notice is confirmed already.")
            )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.env["sale.collection.profile"]._complete_profile(vals)
        notices = super().create(vals_list)
        notices._on_reported()
        return notices

    def write(self, vals):
        self._check_may_change()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        self._check_may_change()

    @api.model
    def _prepare_code_written(self, vals_list):
        """Note until when the money is waited for, and what came before."""
        profiles = self.env["sale.collection.profile"].browse(
            {vals["profile_id"] for vals in vals_list}
        )
        profiles.check_access("read")
        marks = self.env["sale.collection.notice.money"]._read_marks()
        ends = {
            company: company._collection_get_notice_end()
            for company in profiles.sudo().company_id
        }
        owners = {profile.id: profile.sudo().company_id for profile in profiles}
        return [
            {**marks, "until_date": ends[owners[vals["profile_id"]]]}
            for vals in vals_list
        ]

    def _on_reported(self):
        """Tell the customer's thread, and put reminders of it off."""
        profiles = self.profile_id.sudo()
        profiles._message_log_batch(
            {notice.profile_id.id: notice._get_log() for notice in self}
        )
        for notice in self.sudo():
            notice._finish_follow_ups()

    def _get_log(self):
        return self.env._(
            "Payment reported: %(amount)s of %(date)s. No reminders until %(until)s.",
            amount=self.currency_id.format(self.amount),
            date=format_date(self.env, self.date),
            until=format_date(self.env, self.until_date),
        )

    # === WHAT BECOMES OF THEM ===#

    @api.model
    def _match(self, company, partner_ids=None, today=None):
        """Confirm the notices whose money has come, open again those it left.

        Running it twice changes nothing.

        :param company: root company
        :param partner_ids: commercial partners; all when None
        :return: the notices confirmed
        """
        today = today or company._collection_today()
        domain = [
            ("company_id", "=", company.id),
            ("date", ">=", today - timedelta(KEPT_DAYS)),
            ("bill_ids", "not any", [("state", "!=", "refused")]),
        ]
        if partner_ids is not None:
            domain.append(("partner_id", "in", list(partner_ids)))
        notices = self.sudo().search(domain)
        pending = notices.filtered(lambda notice: notice.state != "confirmed")
        if not notices or partner_ids is None and not pending:
            return self.browse()
        partners = notices.partner_id if partner_ids is not None else pending.partner_id
        notices = notices.filtered(lambda notice: notice.partner_id in partners)
        reader = self.env["sale.collection.notice.money"]
        came = reader._collect_came(company, notices, today)
        return notices._note_money(came)

    def _note_money(self, came):
        """Write what has come where it differs; return the notices confirmed."""
        confirmed = self.browse()
        for notice in self:
            received = notice.currency_id.round(came[notice.id])
            is_whole = received == notice.currency_id.round(notice.amount)
            if is_whole and notice.state != "confirmed":
                notice.write(
                    {"state": "confirmed", "received": received, "reason": False}
                )
                confirmed |= notice
            elif not is_whole and notice.state == "confirmed":
                notice.write({"state": "open", "received": received})
            elif notice.currency_id.compare_amounts(received, notice.received):
                notice.received = received
        confirmed._finish_follow_ups()
        return confirmed

    @api.model
    def _return_late(self, company, today):
        """Give those back to their reps whose money did not come in time."""
        late = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "open"),
                ("until_date", "<", today),
            ]
        )
        for notice in late:
            notice._return(notice._get_late_reason())
        return late

    def _get_late_reason(self):
        currency = self.currency_id
        if self.received:
            return self.env._(
                "Only %(received)s of %(amount)s came by %(date)s.",
                received=currency.format(self.received),
                amount=currency.format(self.amount),
                date=format_date(self.env, self.until_date),
            )
        return self.env._(
            "No money by %(date)s.", date=format_date(self.env, self.until_date)
        )

    def _return(self, reason):
        """Give a notice back to its rep with the reason."""
        self.ensure_one()
        self.write({"state": "returned", "reason": reason})
        rep = self.user_id
        self.profile_id.activity_schedule(
            ACTIVITY,
            date_deadline=self.company_id._collection_today(),
            user_id=rep.id,
            summary=self._get_returned_summary(rep.lang),
            note=reason,
        )

    def _get_returned_summary(self, lang):
        return self.with_context(lang=lang).env._(
            "Payment notice returned: %(amount)s",
            amount=self.currency_id.format(self.amount),
        )

    def _finish_follow_ups(self):
        """Close what asked the reps about these notices."""
        # Whoever took over may speak another language than the rep who was asked.
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        for notice in self:
            summaries = {notice._get_returned_summary(code) for code in languages}
            notice.profile_id.sudo().activity_search([ACTIVITY]).filtered(
                lambda todo, summaries=summaries, notice=notice: (
                    todo.summary in summaries and todo.user_id == notice.user_id
                )
            ).action_done()

    def _take_in(self):
        """Confirm notices that are taken in as bills: those cover the debts now."""
        for notice in self.sudo().filtered(lambda one: one.state != "confirmed"):
            notice.write({"state": "confirmed", "reason": False})
            notice._finish_follow_ups()

    # === ACTIONS ===#

    def action_report(self):
        """Close the dialog: the notice is saved."""
        return {"type": "ir.actions.act_window_close"}

    def action_resend(self):
        """Report it once more: the money is looked for again."""
        self._check_may_change()
        for notice in self.sudo():
            if notice.state != "returned":
                raise UserError(
                    self.env._("Only what was returned is reported once more.")
                )
            end = notice.company_id._collection_get_notice_end()
            notice.write({"state": "open", "until_date": end, "reason": False})
            notice._finish_follow_ups()
            notice._match(notice.company_id, notice.partner_id.ids)
        return True

    def _check_accountant(self):
        """Let accountants decide on what is still to be confirmed.

        :raise UserError: the notice is confirmed, or was returned meanwhile
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(ACCOUNTANTS):
            raise AccessError(self.env._("Accountants decide on payment notices."))
        if self.state == "confirmed":
            raise UserError(
                self.env._("The money has come: this notice is confirmed already.")
            )
        if self.state == "returned":
            raise UserError(
                self.env._(
                    "This notice went back to %(user)s: %(reason)s",
                    user=self.user_id.sudo().name,
                    reason=self.reason,
                )
            )

    def action_register_payment(self):
        """Book the money: core's dialog, filled in with what was reported."""
        self._check_accountant()
        return self._open_payment()

    def action_take_in(self):
        """Take the paper in: the dialog of a bill, filled in with what was reported."""
        self.ensure_one()
        self.check_access("read")
        if self.state == "confirmed":
            raise UserError(
                self.env._("The money has come: this notice is confirmed already.")
            )
        values = {
            "profile_id": self.profile_id.id,
            "notice_id": self.id,
            "kind": "cheque" if self.payment_form == "cheque" else "bank",
            "number": self.number,
            "drawer": self.payer,
            "currency_id": self.currency_id.id,
            "amount": self.amount,
            "date": self.date,
        }
        return open_dialog(
            self.env._("Cheque or bill"),
            "sale.collection.bill",
            **{f"default_{name}": value for name, value in values.items() if value},
        )

    def _get_memo(self):
        return " ".join(filter(None, [self.number, self.payer, super()._get_memo()]))

    def _prepare_journal(self):
        # EXTENDS: cash goes to the journal of cash
        if self.payment_form != "cash":
            return super()._prepare_journal()
        companies = self.line_ids.line_id.company_id or self.company_id
        journals = self.env["account.journal"]
        journal = journals.search(
            [*journals._check_company_domain(companies[:1]), ("type", "=", "cash")],
            limit=1,
        )
        return {"default_journal_id": journal.id} if journal else {}

    def action_refuse(self):
        """Ask why the money is not there."""
        self._check_accountant()
        return open_dialog(
            self.env._("Refuse"),
            "sale.collection.notice.refuse",
            default_notice_id=self.id,
        )

    def _refuse(self, reason):
        """Give the notice back to its rep, as an accountant."""
        self._check_accountant()
        reason = (reason or "").strip()
        if not reason:
            raise ValidationError(self.env._("Reason: say what is wrong."))
        self.sudo()._return(reason)
