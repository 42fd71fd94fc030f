from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.accrual import Gap
from .bulk import append_rows, ids_sql

REASONS = [
    ("no_plan", "No plan for the rep"),
    ("no_rate", "No rate matches"),
    ("no_earner", "No salesperson"),
    ("not_cleared", "Not cleared yet"),
    ("nothing", "Nothing to pay on"),
    ("renamed", "Known as money only later"),
]


class SaleCollectionCommissionGap(models.Model):
    """Money on which somebody earns nothing, and why.

    Written by the accrual: it shows reps without a plan, and spares judging the same
    money every night. A changed plan has its money judged again.
    """

    _name = "sale.collection.commission.gap"
    _inherit = ["sale.collection.titled", "sale.collection.append.only"]
    _description = "Money without commission"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "move_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    receipt_id = fields.Many2one(
        "sale.collection.receipt",
        string="Money",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    user_id = fields.Many2one(
        "res.users", string="Rep", readonly=True, ondelete="cascade", index=True
    )
    agent_id = fields.Many2one(
        "res.partner", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    date = fields.Date(readonly=True, help="Day of the money.")
    amount = fields.Monetary(
        string="Collected", readonly=True, currency_field="company_currency_id"
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    reason = fields.Selection(REASONS, required=True, readonly=True)
    is_stale = fields.Boolean(
        readonly=True,
        help="A plan has changed since: the next run judges this money again.",
    )

    _stale = models.Index("(receipt_id) WHERE is_stale OR reason = 'not_cleared'")

    _once = models.UniqueIndex(
        "(receipt_id, COALESCE(user_id, 0), COALESCE(agent_id, 0))",
        "This money stands here already.",
    )

    @api.model
    def _get_append_only_message(self):
        return self.env._(
            "This list follows the plans. Make a plan for the rep or a rate that "
            "matches and run the commission again."
        )

    @api.model
    def _mark_stale(self, companies, date_from):
        """Have the next run judge money from a day on again: a plan changed.

        Money of the days before counts when its invoice is of that day or later.

        :param companies: owners of the plan; their branches follow
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_collection_commission_gap gap
                   SET is_stale = TRUE
                  FROM res_company own, res_company owner, account_move move
                 WHERE own.id = gap.company_id AND owner.id = ANY(%s)
                   AND own.parent_path LIKE owner.parent_path || '%%'
                   AND move.id = gap.move_id
                   AND GREATEST(gap.date, move.invoice_date) >= %s
                   AND gap.is_stale IS NOT TRUE
                """,
                companies.ids,
                date_from,
            )
        )

    @api.model
    def _record_gaps(self, receipt_ids, gaps):
        """Replace the gaps of rows of money that were judged.

        When another session has written some since, PostgreSQL raises a serialization
        error.
        """
        self.env.cr.execute(
            SQL(
                "DELETE FROM sale_collection_commission_gap WHERE receipt_id = ANY(%s)",
                ids_sql(receipt_ids),
            )
        )
        append_rows(self.env, self._table, Gap._fields, gaps)
        self.invalidate_model(flush=False)

    @api.model
    def _forget_undone(self):
        """Delete the gaps of money that was undone since."""
        self.env.cr.execute(
            """
            DELETE FROM sale_collection_commission_gap gap
             USING sale_collection_receipt undo
             WHERE undo.reversal_of_id = gap.receipt_id
            """
        )

    def action_open_invoice(self):
        """Open the invoice the money settled."""
        self.ensure_one()
        return self.move_id._get_records_action(name=self.env._("Invoice"))
