from odoo import fields, models

KINDS = [
    ("call", "Call"),
    ("visit", "Visit"),
    ("promise", "Ask for a promise"),
    ("statement", "Agree on the balance"),
    ("dispute", "Settle a dispute"),
    ("hold", "Hold supply"),
    ("manager", "Manager steps in"),
    ("legal", "Legal step"),
    ("other", "Other"),
]
RESULTS = [
    ("done", "Worked"),
    ("partial", "Worked in part"),
    ("failed", "Did not work"),
]


class SaleCollectionMeasure(models.Model):
    """What somebody does to close the gap of a target, and what came of it."""

    _name = "sale.collection.measure"
    _description = "Collection measure"
    _order = "date, id"
    _rec_name = "partner_id"

    target_id = fields.Many2one(
        "sale.collection.target", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="target_id.company_id")
    currency_id = fields.Many2one(related="target_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        domain="['|', ('parent_id', '=', False), ('is_company', '=', True)]",
        index=True,
        ondelete="cascade",
    )
    kind = fields.Selection(KINDS, required=True, default="call")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        required=True,
        domain="[('share', '=', False)]",
        default=lambda self: self.env.user,
    )
    date = fields.Date(
        string="By",
        required=True,
        default=lambda self: self.env.company._collection_today(),
    )
    expected_amount = fields.Monetary(
        string="Expected", required=True, help="What it is to bring in the period."
    )
    result = fields.Selection(
        RESULTS, help="Empty while it is under way: then it counts beside the gap."
    )
    note = fields.Char()

    _expected_not_negative = models.Constraint(
        "CHECK(expected_amount >= 0)", "Expected: a measure cannot bring less than 0."
    )

    def write(self, vals):
        # Its owner may be of another team: no way into targets they may not read.
        if vals.get("target_id"):
            targets = self.env["sale.collection.target"]
            targets.browse(vals["target_id"]).check_access("read")
        return super().write(vals)
