from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql
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
            owed = self._collect_open(reach.company, planned) if planned else {}
            for order, parts in self._collect_due_parts(planned, reach.today).items():
                unpaid = sum_unpaid(parts, rates[order.id], owed.get(order.id, 0.0))
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
            plan = order._get_collection_cover()
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
    def _collect_open(self, company, orders):
        """Return {order id: what is open of its invoices}, in company currency.

        By the same clock as the money that came, in one query.

        :param company: root company of the orders
        """
        self.env["account.move.line"]._flush_open()
        bills = SQL(
            """
            SELECT DISTINCT line.order_id, item.move_id
              FROM sale_order_line line
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
              JOIN account_move_line item ON item.id = rel.invoice_line_id
             WHERE line.order_id = ANY(%s)
            """,
            orders.ids,
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH bill AS MATERIALIZED (%(bills)s)
                SELECT bill.order_id, SUM(item.residual)::float8
                  FROM bill
                  JOIN (%(lines)s) item ON item.move_id = bill.move_id
                 GROUP BY bill.order_id
                """,
                bills=bills,
                lines=open_lines_sql(
                    company,
                    company._collection_today(),
                    SQL("line.move_id = ANY(ARRAY(SELECT move_id FROM bill))"),
                ),
            )
        )
        return dict(rows)
