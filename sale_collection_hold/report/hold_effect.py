from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalFloat
from odoo.addons.sale_collection.models.core.sql import root_company_sql
from odoo.addons.sale_collection.tools.window import open_list

from ..models.hold.hold import STATES
from ..models.rule.hold_rule import STRENGTHS

# Money that comes later is not put down to the hold.
EFFECT_DAYS = 14


class SaleCollectionHoldEffect(models.Model):
    """What came after each hold: money of its customer within 14 days, and when.

    One row for each hold. A payment is divided by their amounts over the holds that
    began in the 14 days before it, so that sums count it once. Money counts by its own
    date, from the day the order was stopped; what was undone since does not.
    """

    _name = "sale.collection.hold.effect"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Effect of holds"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"
    _depends = {
        "sale.collection.hold": [
            *("amount", "company_id", "held_at", "order_id", "partner_id", "rule_ids"),
            *("state", "strength", "user_id"),
        ],
        "sale.collection.receipt": ["amount", "date", "kind", "partner_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    order_id = fields.Many2one("sale.order", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    strength = fields.Selection(STRENGTHS[1:], string="What happens", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    rule_ids = fields.Many2many(
        "sale.collection.hold.rule",
        "sale_collection_hold_sale_collection_hold_rule_rel",
        "sale_collection_hold_id",
        "sale_collection_hold_rule_id",
        string="Rules",
        readonly=True,
        help="A hold counts at each of its rules.",
    )
    date = fields.Date(string="Held on", readonly=True)
    amount = fields.Monetary(
        string="Order amount",
        readonly=True,
        help="Total of the order when it was stopped.",
    )
    first_money_on = fields.Date(string="First money", readonly=True)
    days_to_money = OptionalFloat(
        string="Days to money",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="From the day the order was stopped to the first money of its customer. "
        "Those without money do not count in the average.",
    )
    money = fields.Monetary(
        string="Money in 14 days",
        readonly=True,
        help="Of the customer, for any of its invoices, within 14 days of the hold. "
        "Money that comes within 14 days of several holds is divided over them by "
        "their amounts.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH held AS MATERIALIZED (%(held)s),
            came AS MATERIALIZED (%(came)s),
            share AS (
                SELECT held.id,
                       came.amount * held.weight
                           / SUM(held.weight) OVER (PARTITION BY came.id) AS money
                  FROM held
                  JOIN came ON came.root_id = held.root_id
                   AND came.partner_id = held.partner_id
                   AND came.date BETWEEN held.date AND held.date + %(days)s)
            SELECT held.id, held.company_id, held.order_id, held.partner_id,
                   held.user_id, held.strength, held.state, held.date, held.amount,
                   first.date AS first_money_on,
                   first.date - held.date AS days_to_money,
                   COALESCE(total.money, 0) AS money
              FROM held
         LEFT JOIN (SELECT id, SUM(money) AS money FROM share GROUP BY id) total
                ON total.id = held.id
         LEFT JOIN LATERAL (
                SELECT MIN(came.date) AS date FROM came
                 WHERE came.root_id = held.root_id
                   AND came.partner_id = held.partner_id
                   AND came.date >= held.date) first ON TRUE
            """,
            held=self._get_held_sql(),
            came=self._get_came_sql(),
            days=EFFECT_DAYS,
        )

    @api.model
    def _get_held_sql(self):
        """Select holds with their day; an order of nothing weighs one cent."""
        return SQL(
            """
            SELECT hold.id, hold.company_id, hold.order_id, hold.partner_id,
                   hold.user_id, hold.strength, hold.state, hold.amount,
                   GREATEST(hold.amount, 0.01) AS weight, %(root)s AS root_id,
                   %(day)s AS date
              FROM sale_collection_hold hold
              JOIN res_company company ON company.id = hold.company_id
            """,
            root=root_company_sql(),
            day=self.env["sale.collection.decision"]._get_day(
                SQL("hold.held_at"), SQL("hold.company_id")
            ),
        )

    @api.model
    def _get_came_sql(self):
        """Select the money of held customers in the companies shown, up to today.

        What was paid back to them is none.
        """
        todays = self.env.companies._collection_todays().items()
        return SQL(
            """
            SELECT receipt.id, receipt.partner_id, receipt.date, receipt.amount,
                   %(root)s AS root_id
              FROM sale_collection_receipt receipt
              JOIN res_company company ON company.id = receipt.company_id
              JOIN (VALUES %(todays)s) AS clock (company_id, today)
                ON clock.company_id = receipt.company_id
             WHERE receipt.kind = 'cash' AND receipt.amount > 0
               AND receipt.date <= clock.today
               AND receipt.partner_id IN (SELECT partner_id FROM held)
               AND receipt.reversal_of_id IS NULL
               AND NOT EXISTS (
                   SELECT FROM sale_collection_receipt undone
                    WHERE undone.reversal_of_id = receipt.id)
            """,
            root=root_company_sql(),
            todays=SQL(", ").join(SQL("(%s::int, %s::date)", *pair) for pair in todays),
        )

    # === DRILL-DOWN ===#

    def action_open_hold(self):
        """Open the hold of this row."""
        self.ensure_one()
        domain = [("id", "=", self.id)]
        return open_list(self.display_name, "sale.collection.hold", domain)

    def action_open_money(self):
        """Show the money that came within 14 days of the hold, whole.

        With what was undone of it, and without what was paid back.
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.receipt_action"
        )
        root = self.company_id.sudo().root_id
        last = fields.Date.add(self.date, days=EFFECT_DAYS)
        title = self.env._("Money: %(order)s", order=self.display_name)
        return action | {
            "name": title,
            "display_name": title,
            "domain": [
                ("kind", "=", "cash"),
                *("|", "&", ("amount", ">", 0), ("reversal_of_id", "=", False)),
                *("&", ("amount", "<", 0), ("reversal_of_id", "!=", False)),
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "child_of", root.id),
                ("date", ">=", self.date),
                ("date", "<=", min(last, root._collection_today())),
            ],
            "context": {},
        }
