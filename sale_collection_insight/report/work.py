from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.sql import root_company_sql
from odoo.addons.sale_collection.tools.window import open_list

KINDS = [("contact", "Follow-up"), ("promise", "Promise"), ("money", "Money")]
MODELS = {
    "contact": "sale.collection.contact",
    "promise": "sale.collection.promise",
    "money": "sale.collection.receipt",
}
# What of a talk reached nobody.
UNREACHED = ("no_answer", "wrong_person")


class SaleCollectionWork(models.Model):
    """What collectors do beside the money that comes in from their customers.

    One row for each talk, each promise given and each receipt of money. Talks and
    promises count for who had them, money for the collector of the customer today:
    nobody claims that a talk brought it.
    """

    _name = "sale.collection.work"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Work and money"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "sale.collection.contact": ["company_id", "date", "profile_id", "result"],
        "sale.collection.profile": ["company_id", "partner_id", "user_id"],
        "sale.collection.promise": ["amount", "made_on", "state", "user_id"],
        "sale.collection.receipt": ["amount", "date", "kind", "partner_id"],
        "res.company": ["parent_path"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(KINDS, readonly=True)
    res_id = fields.Integer(readonly=True, export_string_translation=False)
    date = fields.Date(readonly=True)
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    contacts = fields.Integer(
        string="Talks", readonly=True, help="Logged with customers, by their day."
    )
    reached = fields.Integer(
        readonly=True,
        help="Talks in which somebody was reached who could say something.",
    )
    promises = fields.Integer(
        string="Promises given", readonly=True, help="By the day they were made."
    )
    promised = fields.Monetary(
        readonly=True, help="Amounts of the promises, by the day they were made."
    )
    money = fields.Monetary(
        readonly=True, help="Money collected; what was undone is taken off again."
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT contact.id * 3::bigint AS id, 'contact' AS kind,
                   contact.id AS res_id, contact.company_id, contact.date,
                   contact.user_id, profile.partner_id, 1 AS contacts,
                   (contact.result <> ALL(%(unreached)s))::int AS reached,
                   0 AS promises, 0::numeric AS promised, 0::numeric AS money
              FROM sale_collection_contact contact
              JOIN sale_collection_profile profile ON profile.id = contact.profile_id
             UNION ALL
            SELECT id * 3::bigint + 1, 'promise', id, company_id, made_on, user_id,
                   partner_id, 0, 0, 1, amount, 0
              FROM sale_collection_promise
             WHERE state <> 'draft'
             UNION ALL
            SELECT receipt.id * 3::bigint + 2, 'money', receipt.id, receipt.company_id,
                   receipt.date, profile.user_id, receipt.partner_id, 0, 0, 0, 0,
                   receipt.amount
              FROM sale_collection_receipt receipt
              JOIN res_company company ON company.id = receipt.company_id
              JOIN %(days)s clock ON clock.company_id = receipt.company_id
         LEFT JOIN sale_collection_profile profile
                ON profile.partner_id = receipt.partner_id
               AND profile.company_id = %(root)s
             WHERE receipt.kind = 'cash' AND receipt.date <= clock.today
            """,
            unreached=list(UNREACHED),
            root=root_company_sql(),
            days=self.env["sale.collection.rate"]._get_days_sql(self.env.companies),
        )

    def action_open(self):
        """Open the talk, the promise or the money of this row."""
        self.ensure_one()
        return open_list(
            self.display_name, MODELS[self.kind], [("id", "=", self.res_id)]
        )
