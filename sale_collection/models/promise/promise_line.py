from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...fields import OptionalFloat
from .promise import STATES

LINE_STATES = [state for state in STATES if state[0] != "superseded"]

# Only opening and judging a promise write these of its rows.
PART_JUDGED_FIELDS = frozenset(
    {"state", "is_live", "amount_open", "amount_received", "receipt_mark"}
)


class SaleCollectionPromisePart(models.AbstractModel):
    """A row of a promise, which nobody changes once the promise is given."""

    _name = "sale.collection.promise.part"
    _description = "Part of a promise"
    _inherit = ["sale.collection.code.written"]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_values(vals)
        parts = super().create(vals_list)
        parts._check_not_given()
        return parts

    def write(self, vals):
        self._check_values(vals)
        self._check_not_given()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_given(self):
        self._check_not_given()

    def _check_not_given(self):
        if not self.env.su:
            self.promise_id._check_draft()

    def _check_values(self, vals):
        if not self.env.su and not PART_JUDGED_FIELDS.isdisjoint(vals):
            raise UserError(
                self.env._("These figures follow the money received and are not set.")
            )


class SaleCollectionPromiseLine(models.Model):
    """One payment of a plan, or one date of a standing promise.

    Payments of a plan are judged on the money of the whole plan up to their date,
    dates of a standing promise each on its own.
    """

    _name = "sale.collection.promise.line"
    _inherit = ["sale.collection.promise.part"]
    _description = "Promised payment"
    _order = "date, id"
    _rec_name = "date"

    promise_id = fields.Many2one(
        "sale.collection.promise", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="promise_id.company_id")
    currency_id = fields.Many2one(related="promise_id.currency_id")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True)
    state = fields.Selection(LINE_STATES, default="draft", required=True, readonly=True)
    amount_received = fields.Monetary(
        string="Received in time",
        readonly=True,
        help="Of a plan: money of the whole plan up to this date and grace.",
    )
    fulfilment = fields.Float(readonly=True)
    days_late = OptionalFloat(
        string="Days after promise", digits=(16, 1), readonly=True, aggregator="avg"
    )
    followed_up = fields.Boolean(readonly=True, export_string_translation=False)

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Each payment of a plan must be above 0."
    )
    _one_a_day = models.UniqueIndex(
        "(promise_id, date)", "A plan has at most one payment a day."
    )

    # === WHAT THEY COVER ===#

    @api.model
    def _get_standing_cover_query(self, company):
        """SQL of (partner_id, amount): what standing promises bring next."""
        return SQL(
            """
            SELECT promise.partner_id,
                   GREATEST(0, line.amount - COALESCE(line.amount_received, 0))
                       AS amount
              FROM sale_collection_promise promise
              JOIN sale_collection_promise_line line
                ON line.promise_id = promise.id AND line.date = promise.next_date
             WHERE promise.kind = 'standing'
               AND promise.state = 'open'
               AND promise.company_id = %s
            """,
            company.id,
        )
