from odoo import api, fields, models
from odoo.fields import Command


class SaleCollectionExtensionAsk(models.TransientModel):
    """Asks for a later due date of one or several instalments."""

    _name = "sale.collection.extension.ask"
    _description = "Ask for an extension"

    # Not journal items: those are closed to people without rights in accounting.
    item_ids = fields.Many2many(
        "sale.collection.open.item", string="Instalments", required=True
    )
    new_date = fields.Date(string="New due date", required=True)
    as_due_date = fields.Boolean(
        string="As the due date",
        help="Grade and commission judge by the new date too. Without it only "
        "reminders and aging wait.",
    )
    reason = fields.Text(string="Why", required=True)

    @api.model
    def _open_for(self, items):
        """Return the dialog for open instalments."""
        return self._get_records_action(
            name=self.env._("Ask for an extension"),
            target="new",
            context={"default_item_ids": [Command.set(items.ids)]},
        )

    def action_ask(self):
        """Ask a credit controller for these instalments, one request for each."""
        self.ensure_one()
        # Who sees the instalment may ask, be it of an entry they cannot read.
        items = self._collection_get_given("item_ids").sudo()
        extensions = self.env["sale.collection.extension"].sudo()
        extensions = extensions.create(
            [
                {
                    "line_id": item.line_id.id,
                    "new_date": self.new_date,
                    "as_due_date": self.as_due_date,
                    "reason": self.reason,
                }
                for item in items
            ]
        )
        controller = extensions[:1].company_id._collection_get_controller()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s asked for. %(controller)s decides.",
                    count=len(extensions),
                    controller=controller.sudo().name or self.env._("Nobody"),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
