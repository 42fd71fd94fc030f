from odoo import fields, models


class ResCompany(models.Model):
    """Keeps how the files a company imports name their columns."""

    _inherit = "res.company"

    collection_history_columns = fields.Json(
        string="Columns of trade history",
        groups="base.group_system",
        help="Column of an imported file -> column of the trade history.",
    )
