from odoo import api, fields, models


class AccountMove(models.Model):
    """What the invoice form says about the customer: one calm line."""

    _inherit = "account.move"

    collection_summary = fields.Char(
        compute="_compute_collection_summary",
        groups="sale_collection.group_user,account.group_account_readonly",
        export_string_translation=False,
    )

    @api.depends("state", "commercial_partner_id", "payment_state")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_collection_summary(self):
        self.collection_summary = False
        posted = self.filtered(
            lambda move: move.state == "posted" and move.is_sale_document(True)
        )
        predicted = posted._get_predicted_payments()
        for company, moves in posted.grouped("company_id").items():
            customers = moves.commercial_partner_id.with_company(company)
            totals = customers._get_collection_totals()
            for move in moves:
                customer = move.commercial_partner_id.with_company(company)
                profile = customer.collection_profile_id.sudo()
                if profile and customer.id in totals:
                    move.collection_summary = profile._get_invoice_line(
                        totals[customer.id], predicted.get(move.id)
                    )

    def _get_predicted_payments(self):
        """Return {move id: day the next money for it is expected}."""
        if not self:
            return {}
        items = self.env["sale.collection.open.item"].sudo()
        groups = items._read_group(
            [("move_id", "in", self.ids)], ["move_id"], ["date_predicted:min"]
        )
        return {move.id: day for move, day in groups}

    def action_open_collection_profile(self):
        """Open the credit profile of the customer."""
        self.ensure_one()
        customer = self.commercial_partner_id.with_company(self.company_id)
        return customer.action_open_collection_profile()

    # === CREDIT WARNING ===#

    def _build_credit_warning_message(
        self, record, current_amount=0.0, exclude_current=False, exclude_amount=0.0
    ):
        """Replace core's banner: our limit, our exposure, one line.

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
