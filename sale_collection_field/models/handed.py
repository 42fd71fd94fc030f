from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.sale_collection.tools.window import open_dialog

from ..tools.notice import spread


class SaleCollectionHanded(models.AbstractModel):
    """Money a customer made over before it is in the books: what and for which debts.

    Models that inherit it have `line_ids`, rows of `sale.collection.handed.part`.
    """

    _name = "sale.collection.handed"
    _description = "Money made over"
    _inherit = ["sale.collection.code.written", "mail.thread"]

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, readonly=True, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Reported by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
        index=True,
    )
    date = fields.Date(
        string="Paid on",
        required=True,
        compute="_compute_date",
        store=True,
        readonly=False,
        precompute=True,
        help="The day the customer paid or handed the money over. Money dated before "
        "is other money.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    amount = fields.Monetary(
        required=True,
        compute="_compute_amount",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    photo = fields.Image(max_width=1920, max_height=1920)
    note = fields.Char()

    # === COMPUTE ===#

    @api.depends("partner_id", "amount", "currency_id")
    def _compute_display_name(self):
        for own in self:
            currency = own.currency_id or own.company_id.currency_id
            own.display_name = self.env._(
                "%(customer)s: %(amount)s",
                customer=own.partner_id.sudo().name or "",
                amount=currency.format(own.amount) if currency else own.amount,
            )

    @api.depends("profile_id")
    def _compute_date(self):
        for own in self:
            company = own.profile_id.company_id or self.env.company
            own.date = own.date or company._collection_today()

    @api.depends("profile_id")
    def _compute_currency_id(self):
        """Propose the currency of the oldest debt."""
        for own in self:
            lines = own._find_debts()
            company = own.profile_id.company_id or self.env.company
            own.currency_id = (
                own.currency_id or lines[:1].currency_id or company.currency_id
            )

    @api.depends("profile_id", "currency_id")
    def _compute_amount(self):
        """Propose all that is overdue of the debts meant, or all of them."""
        for own in self:
            if not own.amount:
                lines = own._get_proposed_debts()
                own.amount = sum(lines.mapped("collection_residual_currency"))

    @api.depends("profile_id", "currency_id", "amount")
    def _compute_line_ids(self):
        """Spread the amount over the debts, the oldest first."""
        for own in self:
            lines = own._get_own_debts()
            taken = own._collect_taken()
            opens = [
                max(0.0, line.collection_residual_currency - taken.get(line.id, 0.0))
                for line in lines
            ]
            parts = zip(lines, spread(own.amount, opens), strict=True)
            own.line_ids = [
                Command.clear(),
                *(
                    Command.create({"line_id": line.id, "amount": part})
                    for line, part in parts
                    if part
                ),
            ]

    def _collect_taken(self):
        """Return {instalment id: what other notices and bills are for of it}.

        What has come of them is open no more, and so counts no more.
        """
        lines = self._get_own_debts()
        if not lines:
            return {}
        is_bill = self._name == "sale.collection.bill"
        cover = self.env["sale.collection.cover"]
        self.env.flush_all()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT part.line_id, SUM(part.amount)::float8
                      FROM (%(told)s UNION ALL %(bills)s) part
                     WHERE part.line_id = ANY(%(lines)s)
                       AND NOT (part.kind = 'told' AND part.source_id = ANY(%(told_by)s)
                             OR part.kind = 'bill' AND part.source_id = ANY(%(own)s))
                  GROUP BY part.line_id
                    """,
                    told=cover._get_told_sql(),
                    bills=cover._get_bills_sql(("asked", "hand", "deposited")),
                    lines=lines.ids,
                    told_by=(self.notice_id if is_bill else self)._origin.ids,
                    own=self._origin.ids if is_bill else [],
                )
            )
        )

    def _get_talked_about(self):
        """Return the invoices a talk was about, where the dialog comes from one."""
        context = self.env.context.get("collection_notice_moves") or []
        return self.env["account.move"].sudo().browse(context).exists()

    def _find_debts(self):
        """Return the open instalments meant, the oldest first."""
        profile = self.profile_id._origin
        lines = self.env["account.move.line"].sudo()
        if not profile:
            return lines
        return profile._get_open_debts(self._get_talked_about())

    def _get_own_debts(self):
        """Return the open instalments in the currency of the own."""
        currency = self.currency_id
        return self._find_debts().filtered(lambda line: line.currency_id == currency)

    def _get_proposed_debts(self):
        """Return the debts talked about, or those overdue, or all of them."""
        lines = self._get_own_debts()
        if not lines or self._get_talked_about():
            return lines
        today = lines.company_id.root_id._collection_today()
        return lines.filtered(lambda line: line.date_maturity < today) or lines

    # === CONSTRAINTS ===#

    @api.constrains("date", "profile_id")
    def _check_date(self):
        for own in self:
            if own.date > own.company_id._collection_today():
                raise ValidationError(
                    self.env._("Paid on: report a payment once it was made.")
                )

    @api.constrains("line_ids", "amount", "currency_id")
    def _check_parts(self):
        for own in self:
            total = sum(own.line_ids.mapped("amount"))
            if own.currency_id.compare_amounts(total, own.amount) > 0:
                raise ValidationError(
                    self.env._(
                        "For: the invoices add up to %(total)s, more than the amount "
                        "of %(amount)s.",
                        total=own.currency_id.format(total),
                        amount=own.currency_id.format(own.amount),
                    )
                )
            own.line_ids._check_debt()

    # === PAYMENT ===#

    def _open_payment(self, **context):
        """Open core's dialog to book the money, filled in.

        :param context: more of the context, for what follows from the payment
        """
        # A part of nothing was left out.
        lines = self.line_ids.filtered("amount").line_id.filtered(
            lambda line: not line.reconciled and line.parent_state == "posted"
        )
        if lines:
            return lines.action_register_payment(
                ctx={**self._prepare_register(), **context}
            )
        return open_dialog(
            self.env._("Payment"),
            "account.payment",
            default_payment_type="inbound",
            default_partner_type="customer",
            default_partner_id=self.partner_id.id,
            default_amount=self.amount,
            default_currency_id=self.currency_id.id,
            default_date=self.date,
            default_memo=self._get_memo(),
            **self._prepare_journal(),
            **context,
        ) | {"target": "current"}

    def _prepare_register(self):
        """Return the context of core's dialog."""
        return {
            "default_payment_date": self.date,
            "default_currency_id": self.currency_id.id,
            "default_amount": self.amount,
            # What a user has entered stands when the journal changes.
            "default_custom_user_amount": self.amount,
            "default_custom_user_currency_id": self.currency_id.id,
            "default_group_payment": True,
            "collection_notice_memo": self._get_memo(),
            **self._prepare_journal(),
        }

    def _get_memo(self):
        """Return what the payment is to say."""
        return ", ".join(self.line_ids.filtered("amount").mapped("line_name"))

    def _prepare_journal(self):
        """Return the journal of the payment in a context; core's own when empty."""
        return {}
