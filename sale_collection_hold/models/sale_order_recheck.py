from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tools.hold_facts import WAITING


class SaleOrder(models.Model):
    """Open, change and end holds as the rules say now."""

    _inherit = "sale.order"

    # === ENTRY POINTS ===#

    def _collection_recheck(self, today=None):
        """Judge confirmed orders again, under lock, and launch what goes on.

        Idempotent. Called when something happens to the customer, at night, and before
        goods leave.

        :raise psycopg2.errors.SerializationFailure: see `sale.collection.lock`
        """
        orders = self.sudo()
        confirmed = orders.filtered(lambda order: order.state == "sale")
        asked = orders.filtered(
            lambda order: (
                order.state in ("draft", "sent")
                and order.collection_hold_id.state == "active"
            )
        )
        for group, checkpoint in ((confirmed, "delivery"), (asked, "confirm")):
            judged = group._collection_judge(today, checkpoint, lock=True, blocked=())
            group._collection_apply(
                {
                    order.id: order._collection_resolve(judged[order.id], False)
                    for order in group
                    if order.id in judged
                },
                launch=True,
            )

    def _collection_propose_hold(self):
        """Open a hold on a quotation, for a controller to decide on; return it."""
        self.ensure_one()
        judged = self.sudo()._collection_judge(fresh=True).get(self.id)
        if not judged or judged.strength not in WAITING:
            raise UserError(
                self.env._("%(order)s: no rule stops this order.", order=self.name)
            )
        return self.env["sale.collection.hold"].sudo()._open({self: judged})

    # === APPLY ===#

    def _collection_apply(self, judged, launch=False):
        """Bring the holds of these orders in line with what was judged.

        :param judged: {order id: Judgement}; orders left out are free
        :param bool launch: start the supply of what goes on
        """
        Hold = self.env["sale.collection.hold"].sudo()
        opening, freed = {}, Hold
        for order in self:
            found = judged.get(order.id) if judged else None
            hold = order._collection_get_hold()
            if found and found.strength in WAITING:
                if hold.state == "released":
                    hold._expire()
                    hold = Hold
                if order._collection_is_supplied():
                    hold._expire()
                elif hold:
                    hold._keep(found)
                else:
                    opening[order] = found
            elif hold.state == "active":
                freed |= hold
            warned = bool(found) and found.strength == "warn"
            if order.collection_warned != warned:
                order.collection_warned = warned
        Hold._open(opening)
        freed = freed._filter_may_turn_ready(judged or {})
        freed._turn_ready()
        if launch:
            orders = freed.order_id | self.filtered(
                lambda order: order.collection_hold_id.strength in ("limit", "prepay")
            )
            orders._collection_launch_supply()

    def _collection_close_holds(self):
        """End what no longer stands between a cancelled order and its supply."""
        held = self.filtered(
            lambda order: order.collection_hold_state in ("held", "ready", "rejected")
        )
        held.collection_hold_id._expire()

    # === WHICH ORDERS ===#

    @api.model
    def _collection_find_open(self, company, partner_ids=None):
        """Return the orders of a root company that may be held or freed: those with a
        hold, and the confirmed ones not wholly supplied.

        :param partner_ids: commercial partners; all customers when left out
        """
        profiles = self.env["sale.collection.profile"].sudo()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sale.id
                  FROM sale_order sale
                  JOIN res_partner contact ON contact.id = sale.partner_invoice_id
                 WHERE sale.company_id IN (%(companies)s)
                   AND %(customers)s
                   AND sale.state <> 'cancel'
                   AND (sale.collection_hold_state IN ('held', 'ready', 'released')
                        OR (sale.state = 'sale' AND EXISTS (
                            SELECT FROM sale_order_line line
                             WHERE line.order_id = sale.id
                               AND line.state = 'sale'
                               AND line.qty_delivered < line.product_uom_qty
                               AND %(unsupplied)s
                        )))
              ORDER BY sale.id
                """,
                companies=profiles._get_companies_sql(company),
                customers=profiles._get_customer_condition(
                    SQL("contact.commercial_partner_id"), partner_ids
                ),
                unsupplied=self._collection_get_unsupplied_sql(),
            )
        )
        return self.browse([row[0] for row in rows])

    @api.model
    def _collection_get_unsupplied_sql(self):
        """Return the condition on `line`: goods of it may still leave.

        Where deliveries are not recorded, what is billed is taken as supplied.
        """
        return SQL("COALESCE(line.untaxed_amount_invoiced, 0) < line.price_subtotal")
