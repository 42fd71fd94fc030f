import base64

from odoo import fields, models

from ..report import payroll


class SaleCollectionSettlementExport(models.TransientModel):
    """Hands confirmed settlements of employees over to payroll, as a file."""

    _name = "sale.collection.settlement.export"
    _description = "Export settlements for payroll"

    settlement_ids = fields.Many2many(
        "sale.collection.settlement",
        "sale_collection_settlement_export_rel",
        "wizard_id",
        "settlement_id",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    file_format = fields.Selection(
        [("xlsx", "Excel (xlsx)"), ("csv", "Text (csv)")],
        string="Format",
        required=True,
        default="xlsx",
    )
    again_count = fields.Integer(
        string="Exported before", compute="_compute_again_count"
    )
    file = fields.Binary(readonly=True, attachment=False)
    filename = fields.Char(readonly=True)

    def _compute_again_count(self):
        for wizard in self:
            exported = wizard.settlement_ids.filtered("exported_at")
            wizard.again_count = len(exported)

    def action_export(self):
        """Write the file and show the button to download it.

        :raise UserError: agents or drafts are among the settlements
        """
        self.ensure_one()
        settlements = self._collection_get_given("settlement_ids", "write")
        payout = self.env["sale.collection.settlement.payout"]
        payout._check_payroll(settlements)
        header, rows = (
            payout._get_payroll_header(),
            payout._get_payroll_rows(settlements),
        )
        if self.file_format == "xlsx":
            content = payroll.to_xlsx(header, rows, self.env._("Commission"))
        else:
            content = payroll.to_csv(header, rows)
        self.file = base64.b64encode(content)
        today = self.env.company._collection_today()
        self.filename = f"commission-{today.isoformat()}.{self.file_format}"
        settlements.sudo().exported_at = fields.Datetime.now()
        return self._get_records_action(target="new")
