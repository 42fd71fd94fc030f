from odoo import fields, models
from odoo.exceptions import UserError


class SaleCollectionSettlement(models.Model):
    """What payroll needs to know."""

    _inherit = "sale.collection.settlement"

    exported_at = fields.Datetime(
        string="Exported for payroll on", readonly=True, copy=False
    )

    def _check_export(self):
        wrong = self.filtered(
            lambda one: one.agent_id or one.state not in ("confirmed", "paid")
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(settlement)s is not for payroll: only confirmed settlements of "
                    "employees are. Agents send a bill.",
                    settlement=wrong[0].display_name,
                )
            )

    def _get_export_header(self):
        return [
            self.env._("Number"),
            self.env._("Login"),
            self.env._("Rep"),
            self.env._("Company"),
            self.env._("From"),
            self.env._("To"),
            self.env._("Currency"),
            self.env._("Earned"),
            self.env._("Adjustments"),
            self.env._("Reserve"),
            self.env._("Brought forward"),
            self.env._("Carried forward"),
            self.env._("To pay"),
        ]

    def _get_export_rows(self):
        """Return one row for each settlement: text, dates and amounts."""
        return [
            [
                record.name,
                record.user_id.login,
                record.user_id.name,
                record.company_id.name,
                record.date_from,
                record.date_to,
                record.currency_id.name,
                record.amount_earned,
                record.amount_other,
                record.amount_reserve,
                record.amount_brought,
                record.amount_forward,
                record.amount_payable,
            ]
            for record in self.sudo().sorted("name")
        ]
