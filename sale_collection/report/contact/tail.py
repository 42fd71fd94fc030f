from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...models.core.open_line import DEPENDS, open_lines_of_sql
from ...tools.window import open_dialog


class SaleCollectionTail(models.Model):
    """Instalments paid but for a small rest: to be disputed, chased or written off."""

    _name = "sale.collection.tail"
    _inherit = ["sale.collection.one.currency", "sale.collection.titled"]
    _description = "Short payment"
    _auto = False
    _order = "amount_residual desc, id"
    _rec_name = "move_id"
    _depends = {
        **DEPENDS,
        "account.move": ["invoice_user_id"],
        "res.company": [
            *DEPENDS["res.company"],
            "collection_short_amount",
            "collection_short_percent",
            "collection_tail_percent",
        ],
        "sale.collection.profile": [
            "company_id",
            "partner_id",
            "short_pay_share",
            "user_id",
        ],
        "sale.collection.receipt": ["date", "kind", "line_ref"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    profile_id = fields.Many2one(
        "sale.collection.profile", string="Credit profile", readonly=True
    )
    user_id = fields.Many2one("res.users", string="Collector", readonly=True)
    line_id = fields.Many2one("account.move.line", string="Instalment", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    date_due = fields.Date(string="Due date", readonly=True)
    last_paid_on = fields.Date(string="Last money", readonly=True)
    amount = fields.Monetary(readonly=True)
    amount_residual = fields.Monetary(string="Rest", readonly=True)
    rest_share = fields.Float(
        string="Rest in %", digits=(16, 4), readonly=True, aggregator="avg"
    )
    short_pay_share = fields.Float(
        string="Habit",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Part of this customer's paid instalments where we wrote off a rest.",
    )
    tail_count = fields.Integer(
        string="Short payments of the customer", readonly=True, aggregator="max"
    )
    is_small = fields.Boolean(
        string="Within tolerance",
        readonly=True,
        help="Small enough to be dropped without asking when a payment is registered.",
    )
    state = fields.Selection(
        [("free", "To decide"), ("disputed", "Disputed"), ("asked", "To approve")],
        readonly=True,
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT line.id AS id, line.id AS line_id, line.company_id,
                   customer.commercial_partner_id AS partner_id,
                   profile.id AS profile_id, profile.user_id, line.move_id,
                   line.date_due,
                   (SELECT MAX(receipt.date) FROM sale_collection_receipt receipt
                     WHERE receipt.line_ref = line.id AND receipt.kind = 'cash')
                   AS last_paid_on,
                   line.balance AS amount, line.residual AS amount_residual,
                   line.residual / line.balance AS rest_share,
                   profile.short_pay_share,
                   COUNT(*) OVER (PARTITION BY profile.id) AS tail_count,
                   line.residual <= LEAST(
                       root.collection_short_amount,
                       line.balance * root.collection_short_percent / 100
                   ) AS is_small,
                   %(state)s AS state
              FROM (%(lines)s) line
              JOIN res_company company ON company.id = line.company_id
              JOIN res_company root
                ON root.id = SPLIT_PART(company.parent_path, '/', 1)::int
              JOIN res_partner customer ON customer.id = line.partner_id
              LEFT JOIN sale_collection_profile profile
                ON profile.company_id = root.id
               AND profile.partner_id = customer.commercial_partner_id
             WHERE line.residual > 0
               AND line.residual < line.balance
               AND line.residual
                   <= line.balance * root.collection_tail_percent / 100
            """,
            lines=open_lines_of_sql(self.env.companies._collection_todays()),
            state=self._get_state_sql(),
        )

    def _get_state_sql(self):
        """Tell what has been decided on the rest of the table `line`."""
        return SQL(
            """
            CASE WHEN EXISTS (
                     SELECT FROM sale_collection_write_off asked
                      WHERE asked.line_id = line.id AND asked.state = 'requested')
                 THEN 'asked'
                 WHEN EXISTS (
                     SELECT FROM sale_collection_dispute_line part
                       JOIN sale_collection_dispute dispute
                         ON dispute.id = part.dispute_id
                      WHERE part.line_id = line.id AND dispute.state = 'open')
                 THEN 'disputed'
                 ELSE 'free'
             END
            """
        )

    # === ACTIONS ===#

    def action_dispute(self):
        """Open a dispute over the rest."""
        return self.profile_id._open_new_dispute(self.line_id)

    def action_chase(self):
        """Log a contact about the rest."""
        return self.profile_id._open_contact_log(self.move_id)

    def action_write_off_small(self):
        """Ask for the approval to write the chosen small rests off, all at once."""
        chosen = self.filtered(lambda tail: tail.is_small and tail.state == "free")
        if not chosen or chosen != self:
            raise UserError(
                self.env._(
                    "Choose rests within tolerance that are still to decide: the "
                    "filter “Within tolerance” shows them. Ask for larger ones one "
                    "by one."
                )
            )
        requests = self.env["sale.collection.write.off"].create(
            [{"line_id": line.id, "kind": "tail"} for line in chosen.sudo().line_id]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.write_off_action"
        )
        return {**action, "domain": [("id", "in", requests.ids)]}

    def action_write_off(self):
        """Ask for the approval to write the rest off."""
        self.ensure_one()
        return open_dialog(
            self.env._("Ask to write off"),
            "sale.collection.write.off",
            default_line_id=self.line_id.id,
        )
