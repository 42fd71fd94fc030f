from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...models.profile.profile import PAYMENT_FORMS
from ...models.promise.promise import FREQUENCIES


class SaleCollectionContactLog(models.TransientModel):
    """A talk that ends with a promise."""

    _inherit = "sale.collection.contact.log"

    promise_amount = fields.Monetary(
        string="Promised amount",
        compute="_compute_promise_amount",
        store=True,
        readonly=False,
        help="Proposed is all that can be asked for now.",
    )
    promise_rest = fields.Monetary(string="Rest", compute="_compute_promise_rest")
    promise_rest_date = fields.Date(
        string="Rest on", help="When they pay what this promise leaves open."
    )
    promise_is_plan = fields.Boolean(
        string="Payment plan", help="Several equal payments instead of one."
    )
    promise_frequency = fields.Selection(
        FREQUENCIES, string="How often", default="monthly"
    )
    promise_payments = fields.Integer(string="Number of payments", default=3)
    payment_form = fields.Selection(
        PAYMENT_FORMS,
        string="Payment form",
        compute="_compute_payment_form",
        store=True,
        readonly=False,
    )
    maturity_date = fields.Date(string="Bill matures on")
    promise_warning = fields.Text(string="Warning", compute="_compute_promise_warning")

    # === COMPUTE ===#

    @api.depends("profile_id", "line_ids")
    def _compute_promise_amount(self):
        for log in self:
            log.promise_amount = log._get_proposed_amount()

    @api.depends("promise_amount", "promise_is_plan")
    def _compute_promise_rest(self):
        for log in self:
            rest = log._get_proposed_amount() - log.promise_amount
            log.promise_rest = 0.0 if log.promise_is_plan else max(0.0, rest)

    @api.depends("profile_id")
    def _compute_payment_form(self):
        for log in self:
            usual = log.profile_id.payment_form or "transfer"
            log.payment_form = log.payment_form or usual

    @api.depends("result", "promise_amount", "next_date")
    def _compute_promise_warning(self):
        for log in self:
            log.promise_warning = (
                log.result == "promised" and log._get_draft_promise().warning
            )

    def _get_proposed_amount(self):
        return self._get_draft_promise().proposed_amount if self.profile_id else 0.0

    def _get_draft_promise(self):
        """Return the promise as it would be, unsaved: it knows amounts and warnings."""
        values = {"profile_id": self.profile_id._origin.id, "kind": "single"}
        if self.next_date:
            values["date"] = self.next_date
        if self.promise_amount:
            values["amount"] = self.promise_amount
        return self.env["sale.collection.promise"].new(
            values | self._prepare_promised_lines()
        )

    # === ACTIONS ===#

    def action_next_step(self):
        # EXTENDS: a plan is a promise of several payments
        if self.reason_step == "plan":
            self.promise_is_plan = True
        return super().action_next_step()

    def _create_outcome(self):
        values = super()._create_outcome()
        if self.result != "promised":
            return values
        promise = self.env["sale.collection.promise"].create(self._prepare_promise())
        promise.action_open()
        return {**values, "promise_id": promise.id}

    # === DECIDE ===#

    def _check_complete(self):
        if self.result == "promised" and not self.next_date:
            raise UserError(self.env._("Promised for: say when they will pay."))
        return super()._check_complete()

    def _prepare_contact(self):
        # EXTENDS: the promise follows its own date up; what is left is ours to ask.
        values = super()._prepare_contact()
        if self.result == "promised":
            values["next_date"] = False
        return values

    def _prepare_promised_lines(self):
        """Name the instalments of a talk about some invoices; else all overdue ones."""
        if not self._get_moves():
            return {}
        lines = self.line_ids.line_id._origin
        parts = [Command.create({"line_id": line.id}) for line in lines]
        return {"allocation_ids": parts}

    def _prepare_promise(self):
        values = {
            "profile_id": self.profile_id.id,
            "contact_id": self.contact_id.id,
            "amount": self.promise_amount,
            "payment_form": self.payment_form,
            "maturity_date": self.maturity_date,
            "note": self.note,
            **self._prepare_promised_lines(),
        }
        if not self.promise_is_plan:
            rest_date = self.promise_rest and self.promise_rest_date
            return {**values, "date": self.next_date, "rest_date": rest_date}
        return {
            **values,
            "kind": "plan",
            "first_date": self.next_date,
            "frequency": self.promise_frequency,
            "payment_count": self.promise_payments,
        }

    @api.model
    def _get_note_fields(self):
        return [*super()._get_note_fields(), "promise_amount"]

    def _get_next_words(self, day):
        if self.result != "promised":
            return super()._get_next_words(day)
        amount = self.currency_id.format(self.promise_amount)
        return self.env._("%(amount)s for %(date)s", amount=amount, date=day)
