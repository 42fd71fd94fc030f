from odoo import api, models


class ReportVisitSheet(models.AbstractModel):
    """The sheet lists the deliveries of open invoices, and which were signed."""

    _inherit = "report.sale_collection_field.visit_sheet"

    @api.model
    def _get_report_values(self, docids, data=None):
        # EXTENDS
        values = super()._get_report_values(docids, data)
        return {**values, "slips": self._collect_slips(values["statements"])}

    @api.model
    def _collect_slips(self, statements):
        """Return {profile id: pairs of a delivery and whether it is signed}.

        In superuser mode: collectors have no rights in the warehouse, and their
        visits are about these very goods.

        :param statements: by profile id, see `_collect_statements`
        """
        owed = {
            profile_id: [item.line_id for item in found["items"] if item.is_debt]
            for profile_id, found in statements.items()
        }
        lines = self.env["account.move.line"].sudo()
        all_lines = lines.browse(sum(owed.values(), []))
        deliveries = {
            profile_id: self._find_deliveries(
                lines.browse(ids).with_prefetch(all_lines.ids)
            )
            for profile_id, ids in owed.items()
        }
        pickings = self.env["stock.picking"].sudo().union(*deliveries.values())
        signed = self.env["sale.collection.evidence"]._find_signed(pickings)
        return {
            profile_id: [(picking, picking in signed) for picking in own]
            for profile_id, own in deliveries.items()
        }

    @api.model
    def _find_deliveries(self, lines):
        """Return what left for what open invoices bill, the oldest first.

        A down payment bills no goods: it is about all that left for its order. One
        that a later invoice sets off, below zero, is not billed there.

        :param lines: journal items that are open
        """
        billed = lines.move_id.invoice_line_ids
        moves = billed.sale_line_ids.move_ids
        ahead = billed.filtered(lambda one: one.quantity > 0).sale_line_ids
        orders = ahead.filtered("is_downpayment").order_id
        return (
            (moves.picking_id | orders.picking_ids)
            .filtered(
                lambda one: one.picking_type_code == "outgoing" and one.state == "done"
            )
            .sorted(lambda one: (one.date_done, one.id))
        )
