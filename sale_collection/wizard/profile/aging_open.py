from odoo import fields, models
from odoo.tools import format_date


class SaleCollectionAgingOpen(models.TransientModel):
    """Ask for the day and the bands of the aging report."""

    _name = "sale.collection.aging.open"
    _description = "Open the aging report"

    as_of = fields.Date(
        string="As of",
        required=True,
        default=lambda self: self.env.company._collection_today(),
        help="Matches made later are ignored: the total is the balance of the "
        "receivable accounts at the end of this day.",
    )
    scheme_id = fields.Many2one(
        "sale.collection.aging.scheme",
        string="Bands",
        required=True,
        default=lambda self: self.env["sale.collection.aging"]._get_scheme(),
    )

    def action_open(self):
        """Open the aging as of the day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.aging_action"
        )
        title = self.env._("Aging as of %(day)s", day=format_date(self.env, self.as_of))
        action |= {"name": title, "display_name": title}
        action["context"] = {
            "sale_collection_as_of": fields.Date.to_string(self.as_of),
            "sale_collection_scheme": self.scheme_id.id,
        }
        return action
