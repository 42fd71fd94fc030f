from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class AccountMove(models.Model):
    """One line about the customer on the invoice form, and our credit warning."""

    _inherit = "account.move"

    collection_summary = fields.Char(
        compute="_compute_collection_summary",
        groups="sale_collection.group_user,account.group_account_readonly",
        export_string_translation=False,
    )

    @api.depends("line_ids.sale_line_ids")
    def _compute_origin_so_count(self):
        # OVERRIDE sale: a collector reads invoices, but no orders
        return super(AccountMove, self.sudo())._compute_origin_so_count()

    @api.depends("reconciled_payment_ids")
    def _compute_payment_count(self):
        # OVERRIDE account: a collector reads invoices, but no payments
        return super(AccountMove, self.sudo())._compute_payment_count()

    @api.depends("transaction_ids")
    def _compute_transaction_count(self):
        # OVERRIDE account_payment: a collector reads invoices, but no transactions
        return super(AccountMove, self.sudo())._compute_transaction_count()

    @api.depends("transaction_ids")
    def _compute_authorized_transaction_ids(self):
        # OVERRIDE account_payment: a collector reads invoices, but no transactions
        return super(AccountMove, self.sudo())._compute_authorized_transaction_ids()

    @api.depends("state", "commercial_partner_id", "collection_is_open")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_collection_summary(self):
        self.collection_summary = False
        posted = self.filtered(
            lambda move: move.state == "posted" and move.is_sale_document(True)
        )
        expected = posted._describe_expected_payments()
        summary = self.env["sale.collection.summary"]
        for company, moves in posted.grouped("company_id").items():
            customers = moves.commercial_partner_id.with_company(company)
            debts = customers._get_collection_debts()
            for move in moves:
                customer = move.commercial_partner_id.with_company(company)
                profile = customer.collection_profile_id.sudo()
                if profile and customer.id in debts:
                    move.collection_summary = summary._get_invoice_line(
                        profile, debts[customer.id], expected.get(move.id)
                    )

    def _describe_expected_payments(self):
        """Return {move id: when its next money is expected, in words}."""
        if not self:
            return {}
        items = self.env["sale.collection.open.item"].sudo()
        groups = items._read_group(
            [("move_id", "in", self.ids)], ["move_id"], ["date_predicted:min"]
        )
        return {
            move.id: self.env._(
                "payment expected on %(date)s", date=format_date(self.env, day)
            )
            for move, day in groups
            if day
        }

    def _collection_filter_shown(self):
        # EXTENDS: documents of customers whose credit profile the user may read
        shown = super()._collection_filter_shown()
        customers = self.env["res.partner"]
        return shown | customers._collection_filter_documents(self - shown)

    def action_open_collection_profile(self):
        """Open the credit profile of the customer."""
        self.ensure_one()
        customer = self.commercial_partner_id.with_company(self.company_id)
        return customer.action_open_collection_profile()

    def _open_of_colleague(self, user):
        """Return the action that opens this document from a list it stands in.

        Lists of open amounts show documents of colleagues too, which not everybody
        may read.

        :param user: the salesperson to ask
        :raise UserError: the user may not read the document
        """
        if not self.has_access("read"):
            raise UserError(
                self.env._(
                    "%(document)s is a colleague's document. Ask %(user)s to open it.",
                    document=self.sudo().display_name,
                    user=user.sudo().name or self.env._("accounting"),
                )
            )
        return self.get_formview_action()

    def action_collection_extend(self):
        """Ask for a later due date of what is still open on these invoices."""
        items = self.env["sale.collection.open.item"].search(
            [("move_id", "in", self.ids)]
        )
        if not items:
            raise UserError(self.env._("Nothing is left to pay on these invoices."))
        return items.action_extend()

    # === CREDIT WARNING ===#

    def _build_credit_warning_message(
        self, record, current_amount=0.0, exclude_current=False, exclude_amount=0.0
    ):
        """Return one line by our limit and exposure, in place of core's banner.

        Core's figures miss down payments and goods invoiced on delivery.
        """
        # OVERRIDE account
        company = record.company_id.root_id
        customer = record.partner_id.commercial_partner_id.with_company(company)
        profile = customer.sudo().collection_profile_id
        available = profile.available_credit if profile else False
        asked = current_amount - exclude_amount
        if available is False or asked <= available:
            return ""
        return self.env._(
            "Over the credit limit of %(customer)s by %(amount)s with this document.",
            customer=customer.display_name,
            amount=profile.currency_id.format(asked - available),
        )

    def _get_alerts(self):
        # EXTENDS account: a limit is something to know, not an error
        alerts = super()._get_alerts()
        if "account_partner_credit_warning" in alerts:
            alerts["account_partner_credit_warning"]["level"] = "info"
        return alerts
