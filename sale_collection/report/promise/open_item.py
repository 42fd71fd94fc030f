from odoo import fields, models
from odoo.tools import SQL


class SaleCollectionOpenItem(models.Model):
    """What is promised for open instalments."""

    _inherit = "sale.collection.open.item"

    date_promised = fields.Date(
        string="Promised for",
        compute="_compute_date_promised",
        help="The next day for which an open promise covers the instalment.",
    )

    def _compute_date_promised(self):
        promises = self.env["sale.collection.promise"].sudo()
        promises.flush_model(["date", "next_date"])
        promises.allocation_ids.flush_model(["line_ref", "is_live", "promise_id"])
        days = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT part.line_ref, COALESCE(promise.next_date, promise.date)
                      FROM sale_collection_promise_allocation part
                      JOIN sale_collection_promise promise
                        ON promise.id = part.promise_id
                     WHERE part.is_live AND part.line_ref = ANY(%s)
                    """,
                    self.line_id.ids,
                )
            )
        )
        for item in self:
            item.date_promised = days.get(item.line_id.id, False)

    def action_promise(self):
        """Note what a customer promises for these instalments."""
        return self._get_one_profile()._open_new_promise(self.line_id)
