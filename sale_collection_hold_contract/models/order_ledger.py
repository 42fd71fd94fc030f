from odoo import api, models

from odoo.addons.sale_collection_contract.tools.plan import cover
from odoo.addons.sale_collection_hold.tools.hold_facts import Figure

from ..tools.unpaid import Part, sum_unpaid
from .hold_condition import CODE


class SaleCollectionOrderLedger(models.AbstractModel):
    """Tell the supply rules what of collection plans is due and not paid."""

    _inherit = "sale.collection.order.ledger"

    @api.model
    def _read_figures(self, reach, rows):
        # EXTENDS: orders with a plan, whatever is due of it
        figures = super()._read_figures(reach, rows)
        if CODE in reach.needs:
            rates = {row["id"]: row["rate"] for row in rows if row["id"] > 0}
            orders = self.env["sale.order"].sudo().browse(rates)
            planned = orders.filtered("collection_contract_line_ids")
            for order, parts in self._collect_due_parts(planned, reach.today).items():
                unpaid = sum_unpaid(parts, rates[order.id], self._sum_open(order))
                unpaid = reach.company.currency_id.round(unpaid)
                figures.setdefault(order.id, []).append(Figure(CODE, unpaid))
        return figures

    @api.model
    def _collect_due_parts(self, orders, today):
        """Return {order: [Part]} of the parts whose day has come, in its currency.

        What came is read anew: figures of the plan that were read before do not know
        what was paid since.
        """
        totals = self.env["sale.collection.contract.line"]._collect_totals(orders)
        found = {}
        for order in orders:
            plan = order._get_collection_plan()
            amounts = plan.mapped("amount")
            invoiced, collected = (
                cover(total, amounts, order._get_collection_cent())
                for total in totals.get(order.id, (0.0, 0.0))
            )
            found[order] = [
                Part(*figures)
                for line, *figures in zip(
                    plan, amounts, invoiced, collected, strict=True
                )
                if line.due_date and line.due_date <= today
            ]
        return found

    @api.model
    def _sum_open(self, order):
        """Return what is open of the invoices of an order, in company currency."""
        posted = order.invoice_ids.filtered(lambda move: move.state == "posted")
        return sum(posted.mapped("amount_residual_signed"))
