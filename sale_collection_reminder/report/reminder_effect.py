from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalFloat
from odoo.addons.sale_collection.models.core.sql import is_one_sql
from odoo.addons.sale_collection.tools.window import open_list

from ..models.plan.ladder_step import CHANNELS

# Money that comes later is not put down to the reminder.
EFFECT_DAYS = 14


class SaleCollectionReminderEffect(models.Model):
    """What came of each reminder: money for the reminded instalments, and when.

    One row for each instalment and step that was sent, without those listed for
    completeness. Money counts by its own date, from the day the reminder left; what
    was undone since does not.
    """

    _name = "sale.collection.reminder.effect"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Effect of reminders"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _depends = {
        "sale.collection.reminder": ["channel", "date", "ladder_id", "partner_id"],
        "sale.collection.reminder.line": ["amount", "line_id", "listed", "state"],
        "sale.collection.receipt": ["amount", "date", "kind", "line_ref"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    reminder_id = fields.Many2one("sale.collection.reminder", readonly=True)
    ladder_id = fields.Many2one(
        "sale.collection.ladder", string="Reminder plan", readonly=True
    )
    step_id = fields.Many2one("sale.collection.ladder.step", readonly=True)
    channel = fields.Selection(CHANNELS, readonly=True)
    date = fields.Date(string="Sent on", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    amount = fields.Monetary(
        string="Asked for",
        readonly=True,
        help="Open amounts that the reminders asked for, once for each reminder.",
    )
    first_money_on = fields.Date(string="First money", readonly=True)
    days_to_money = OptionalFloat(
        string="Days to money",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="From the day it was sent to the first money for the instalment. Those "
        "without money do not count in the average.",
    )
    money = fields.Monetary(
        string="Money in 14 days",
        readonly=True,
        help="For the instalment, within 14 days of the reminder. Money that comes "
        "within 14 days of several steps counts at each of them.",
    )
    money_share = OptionalFloat(
        string="Came in 14 days (%)",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Money in 14 days, of what was asked for.",
    )

    @property
    def _table_query(self):
        # Reminders are the root company's; what comes later has not come yet.
        companies = self.env.companies | self.env.companies.sudo().root_id
        todays = companies.sudo()._collection_todays().items()
        return SQL(
            """
            SELECT part.id, reminder.company_id, reminder.id AS reminder_id,
                   reminder.ladder_id, part.step_id, reminder.channel, reminder.date,
                   reminder.partner_id, line.move_id, part.amount,
                   came.first_money_on, came.first_money_on - reminder.date
                       AS days_to_money,
                   COALESCE(came.money, 0) AS money,
                   COALESCE(came.money, 0) * 100 / NULLIF(part.amount, 0)
                       AS money_share
              FROM sale_collection_reminder_line part
              JOIN sale_collection_reminder reminder ON reminder.id = part.reminder_id
              JOIN account_move_line line ON line.id = part.line_id
              JOIN (VALUES %s) AS clock (company_id, today)
                ON clock.company_id = reminder.company_id
         LEFT JOIN LATERAL (
                SELECT MIN(receipt.date) AS first_money_on,
                       SUM(receipt.amount) FILTER (
                           WHERE receipt.date <= reminder.date + %s) AS money
                  FROM sale_collection_receipt receipt
                 WHERE receipt.line_ref = part.line_id
                   AND receipt.kind = 'cash'
                   AND receipt.date BETWEEN reminder.date AND clock.today
                   AND receipt.reversal_of_id IS NULL
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt undone
                        WHERE undone.reversal_of_id = receipt.id)) came ON TRUE
             WHERE part.state IN ('queued', 'sent') AND part.listed IS NOT TRUE
            """,
            SQL(", ").join(SQL("(%s::int, %s::date)", *pair) for pair in todays),
            EFFECT_DAYS,
        )

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS sale.collection.one.currency: the share of sums, not their average
        found = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec != "money_share:avg":
            return found
        return SQL(
            "CASE WHEN %s THEN SUM(%s) * 100 / NULLIF(SUM(%s), 0) END",
            is_one_sql(self._field_to_sql(self._table, "currency_id", query)),
            SQL.identifier(self._table, "money"),
            SQL.identifier(self._table, "amount"),
        )

    def action_open_reminder(self):
        """Open the reminder of this row."""
        self.ensure_one()
        reminder = self.reminder_id
        return open_list(self.display_name, reminder._name, [("id", "=", reminder.id)])
