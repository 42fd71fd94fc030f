import psycopg2

from odoo import models

from ..tools.hold_scope import lock_keys


class SaleOrder(models.Model):
    """The locks orders are judged under, for callers nobody retries."""

    _inherit = "sale.order"

    def _collection_lock(self):
        """Take the locks of what the rules limit for these orders.

        :raise psycopg2.errors.SerializationFailure: see `sale.collection.lock`
        """
        rules = self.env["sale.collection.hold.rule"]._get_rules()
        if not self or not rules:
            return
        self.env.flush_all()
        rows = self._collection_read_orders(self._collection_get_needs(rules))
        for root_id in dict.fromkeys(row["company"] for row in rows):
            here = [row for row in rows if row["company"] == root_id]
            reach = [rule for rule in rules if rule.company in (0, root_id)]
            company = self.env["res.company"].browse(root_id)
            self.env["sale.collection.lock"]._take(company, lock_keys(reach, here))

    def _collection_try_lock(self):
        """Take the locks these orders are judged under; False when another session
        has used the same credit since this transaction began."""
        try:
            with self.env.cr.savepoint():
                self._collection_lock()
        except psycopg2.OperationalError:
            return False
        return True

    def _collection_confirm_later(self):
        """Have orders paid online confirmed by the queue."""
        queue = self.env["sale.collection.queue"].sudo()
        for company, orders in self.grouped("company_id").items():
            queue._push("order", orders.ids, company)

    def _collection_confirm_paid(self):
        """Confirm quotations whose payment has come in."""
        transactions = self.sudo().transaction_ids.filtered(
            lambda transaction: transaction.state in ("authorized", "done")
        )
        transactions._check_amount_and_confirm_order()
