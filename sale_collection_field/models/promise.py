from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.sale_collection.tools.window import open_dialog


class SaleCollectionPromise(models.Model):
    """A payment that we collect is a planned visit; the customer may sign its word."""

    _inherit = "sale.collection.promise"

    visit_ids = fields.One2many("sale.collection.visit", "promise_id", string="Visits")

    is_instead_of_bills = fields.Boolean(
        string="Instead of bills",
        readonly=True,
        copy=False,
        help="Bills in hand when it was made were for all of it: it is paid instead of "
        "them, whatever becomes of them.",
    )

    _hour_of_day = models.Constraint(
        "CHECK (hour >= 0 AND hour < 24)", "Time: enter 0:00 to 23:59."
    )

    @api.constrains("mode", "kind")
    def _check_mode(self):
        for promise in self:
            if promise.mode == "collect" and promise.kind == "standing":
                raise ValidationError(
                    self.env._(
                        "How it comes: a standing promise is paid by transfer. Choose "
                        "one payment or a payment plan for what we collect."
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if "next_date" in vals:
            self._plan_collecting()
        return result

    def _plan_collecting(self):
        """Keep one visit for the payment these promises wait for, where we collect."""
        collected = self.sudo().filtered(lambda promise: promise.mode == "collect")
        wanted = {
            (promise, promise.next_date) for promise in collected if promise.next_date
        }
        known = collected.visit_ids
        known.filtered(
            lambda visit: (
                visit.state == "planned"
                and (visit.promise_id, visit.due_date) not in wanted
            )
        )._drop()
        known = known.exists()
        missing = wanted - {(visit.promise_id, visit.due_date) for visit in known}
        self.env["sale.collection.visit"].sudo().create(
            [self._prepare_collecting(*pair) for pair in missing]
        )

    @api.model
    def _prepare_collecting(self, promise, day):
        today = promise.company_id._collection_today()
        return {
            "profile_id": promise.profile_id.id,
            "date": max(day, today),
            "hour": promise.hour,
            "user_id": promise.user_id.id,
            "purpose": "collect",
            "promise_id": promise.id,
            "due_date": day,
            **({"contact_id": promise.contact_id.id} if promise.contact_id else {}),
        }

    # === BILLS ===#

    def _note_bills(self):
        """Note, as promises are made, whether they replace the bills in hand."""
        replacing = self.env["sale.collection.promise.money"]._filter_instead_of_bills(
            self
        )
        replacing.is_instead_of_bills = True
        (self - replacing).is_instead_of_bills = False

    @api.model
    def _collect_rests(self, lines):
        """Leave out what bills in hand and not booked are for, as if they were."""
        rests = super()._collect_rests(lines)
        bills = self.env.execute_query(
            SQL(
                """SELECT line_id, SUM(amount)::float8 FROM (%s) bill
                    WHERE line_id = ANY(%s) GROUP BY line_id""",
                self.env["sale.collection.cover"]._get_bills_sql(),
                lines.ids,
            )
        )
        for line_id, amount in bills:
            line = lines.browse(line_id)
            held = amount * line.balance / (line.amount_currency or line.balance)
            rests[line] = max(line.company_currency_id.round(rests[line] - held), 0.0)
        return rests

    # === SIGNATURE ===#

    def action_sign(self):
        """Let the customer sign the promise on this screen."""
        self.ensure_one()
        return open_dialog(
            self.env._("Signature"),
            "sale.collection.sign",
            default_promise_id=self.id,
            default_signed_by=self.contact_id.name,
        )
