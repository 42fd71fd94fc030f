from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date

from odoo.addons.sale_collection.tools.window import open_dialog


class SaleCollectionPromise(models.Model):
    """A payment that we collect is a planned visit; the customer may sign its word."""

    _name = "sale.collection.promise"
    _inherit = ["sale.collection.promise", "sale.collection.signed"]

    visit_ids = fields.One2many("sale.collection.visit", "promise_id", string="Visits")

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

    # === SIGNATURE ===#

    def _get_text_to_sign(self):
        if self.state != "open":
            raise UserError(
                self.env._("A customer signs a promise that is open. Confirm it first.")
            )
        given = {
            "customer": self.partner_id.name,
            "amount": self.currency_id._collection_format(self.amount),
            "date": format_date(self.env, self.date or self.first_date),
        }
        if self.kind == "plan":
            return self.env._(
                "%(customer)s promises to pay %(amount)s in %(count)s payments, the "
                "last on %(date)s.",
                count=len(self.plan_line_ids),
                **given,
            )
        if self.kind == "standing":
            return self.env._(
                "%(customer)s promises to pay %(amount)s each time, by the terms of "
                "%(promise)s.",
                promise=self.name,
                **given,
            )
        return self.env._(
            "%(customer)s promises to pay %(amount)s by %(date)s.", **given
        )

    def action_sign(self):
        """Let the customer sign the promise on this screen."""
        self.ensure_one()
        return open_dialog(
            self.env._("Signature"),
            "sale.collection.sign",
            default_promise_id=self.id,
            default_signed_by=self.contact_id.name,
        )
