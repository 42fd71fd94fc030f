from odoo import api, fields, models
from odoo.tools import SQL


class SaleCollectionLock(models.Model):
    """Credit of a customer, a group of customers or a salesperson that one session at a
    time may use.

    Taking a key writes its row. Under repeatable read the later of two transactions
    then fails with a serialization error, is retried, and sees what the first did.
    """

    _name = "sale.collection.lock"
    _description = "Credit lock"
    _log_access = False

    key = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")

    _key_unique = models.Constraint("UNIQUE (key)", "A lock exists once.")

    @api.model
    def _take(self, company, keys):
        """Lock these things of a root company until the end of the transaction.

        :param keys: strings such as `customer:7`
        :raise psycopg2.errors.SerializationFailure: another session took one of them
            since this transaction began
        """
        keys = sorted({f"{company.root_id.id}:{key}" for key in keys})
        if keys:
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO sale_collection_lock (key, company_id)
                    SELECT UNNEST(%s), %s
                        ON CONFLICT (key) DO UPDATE SET company_id = EXCLUDED.company_id
                    """,
                    keys,
                    company.root_id.id,
                )
            )
