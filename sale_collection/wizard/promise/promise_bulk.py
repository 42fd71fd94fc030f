from odoo import api, fields, models
from odoo.fields import Command

from ...models.profile.profile import PAYMENT_FORMS


class SaleCollectionPromiseBulk(models.TransientModel):
    """One date for the invoices of several customers: a promise for each."""

    _name = "sale.collection.promise.bulk"
    _description = "Promises of several customers"

    # Not journal items: those are closed to people without rights in accounting.
    item_ids = fields.Many2many(
        "sale.collection.open.item", string="Invoices", required=True, readonly=True
    )
    customer_count = fields.Integer(compute="_compute_totals")
    currency_id = fields.Many2one(
        "res.currency", default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(string="Open", compute="_compute_totals")
    date = fields.Date(string="Promised for", required=True)
    payment_form = fields.Selection(
        PAYMENT_FORMS,
        string="Form of payment",
        help="Leave empty to use each customer's usual form.",
    )
    note = fields.Text(string="Internal note")

    @api.depends("item_ids")
    def _compute_totals(self):
        for dialog in self:
            items = dialog.item_ids
            dialog.customer_count = len(items.partner_id.commercial_partner_id)
            dialog.amount = sum(items.mapped("amount"))

    def action_apply(self):
        """Confirm one promise per customer, on all that is open, and show them."""
        self.ensure_one()
        promises = self.env["sale.collection.promise"]
        items = self._collection_get_given("item_ids").sudo()
        groups = items.grouped(lambda item: (item.company_id.root_id, item.partner_id))
        for (company, partner), mine in groups.items():
            profile = self.env["sale.collection.profile"].sudo()
            profile = profile.with_company(company)._for(partner)
            promises |= promises.create(self._prepare_promise(profile, mine))
        promises.action_open()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.promise_action"
        )
        return {**action, "domain": [("id", "in", promises.ids)], "context": {}}

    def _prepare_promise(self, profile, items):
        return {
            "profile_id": profile.id,
            "date": self.date,
            "amount": sum(items.mapped("amount")),
            "note": self.note,
            "allocation_ids": [
                Command.create({"line_id": item.line_id.id}) for item in items
            ],
            **({"payment_form": self.payment_form} if self.payment_form else {}),
        }
