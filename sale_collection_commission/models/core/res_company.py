from odoo import api, fields, models

PERIODS = [
    ("month", "Month"),
    ("half_month", "Half a month"),
    ("quarter", "Quarter"),
    ("custom", "Other dates"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_settlement_period = fields.Selection(
        PERIODS[:-1],
        string="Commission is settled every",
        default="month",
        required=True,
        help="Period proposed when commission is settled. Half months end on the 15th "
        "and on the last day.",
        groups="base.group_user",
    )
    collection_late_booking_days = fields.Integer(
        string="Money booked late after",
        default=30,
        help="Before a settlement is confirmed, money booked that many days after its "
        "own date is listed as uncertain.",
        groups="base.group_user",
    )
    collection_commission_product_id = fields.Many2one(
        "product.product",
        string="Commission product",
        domain="[('type', '=', 'service')]",
        check_company=True,
        help="Gives account and taxes to vendor bills of agents.",
        groups="base.group_user",
    )

    collection_fee_account_ids = fields.Many2many(
        "account.account",
        "collection_fee_account_rel",
        "company_id",
        "account_id",
        string="Bank fees that count as collected",
        domain="[('internal_group', '=', 'expense')]",
        help="A transfer of 1,000 that arrives as 990 earns commission on 1,000 when "
        "the 10 are booked here, in the entry of the transfer. Empty: on 990.",
        groups="base.group_user",
    )
    collection_fee_from = fields.Date(
        string="Bank fees count from",
        help="Fees of money before that day earn nothing.",
        groups="base.group_user",
    )

    _collection_late_booking_days_positive = models.Constraint(
        "CHECK(collection_late_booking_days >= 0)",
        "Money booked late after: enter zero or more days.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._start_fees()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "collection_fee_account_ids" in vals:
            self._start_fees()
            # Who paid short is another question now: the next night reads everything.
            self.sudo().root_id.write({"collection_refreshed_xid": False})
        return result

    def _start_fees(self):
        """Let fees count from today on when a company first says that they do."""
        for company in self:
            if company.collection_fee_account_ids and not company.collection_fee_from:
                company.collection_fee_from = company._collection_today()
