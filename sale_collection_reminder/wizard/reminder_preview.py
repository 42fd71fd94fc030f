from odoo import Command, api, fields, models


class SaleCollectionReminderPreview(models.TransientModel):
    """The reminders a customer would live through if it paid nothing from now on."""

    _name = "sale.collection.reminder.preview"
    _description = "Reminders ahead"

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Customer",
        required=True,
        domain="[('amount_open', '>', 0)]",
    )
    company_id = fields.Many2one(related="profile_id.company_id")
    currency_id = fields.Many2one(related="profile_id.currency_id")
    ladder_id = fields.Many2one(
        "sale.collection.ladder",
        string="By the plan",
        domain="[('company_id', 'in', (company_id, False))]",
        help="Empty: the plan of this customer. Choose another one to compare.",
    )
    line_ids = fields.One2many(
        "sale.collection.reminder.preview.line",
        "preview_id",
        compute="_compute_line_ids",
        store=True,
    )
    snooze_until = fields.Date(related="profile_id.snooze_until")
    excluded = fields.Boolean(related="profile_id.excluded")

    @api.depends("profile_id", "ladder_id")
    def _compute_line_ids(self):
        for preview in self:
            preview.line_ids = [
                Command.clear(),
                *(Command.create(values) for values in preview._find_messages()),
            ]

    def _find_messages(self):
        """Return the values of the lines, by date."""
        profile = self._collection_get_given("profile_id").sudo()
        if not profile:
            return []
        found = profile._preview_ladder(ladder=self.ladder_id or None)
        return [
            {
                "date": message["date"],
                "step_id": message["step"].id,
                "amount": message["amount"],
                "documents": ", ".join(
                    dict.fromkeys(message["lines"].move_id.mapped("name"))
                ),
            }
            for message in found.get(profile.id, [])
        ]
