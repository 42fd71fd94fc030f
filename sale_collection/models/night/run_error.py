from odoo import api, fields, models


class SaleCollectionRunError(models.Model):
    """What a nightly run left out because it failed, and why."""

    _name = "sale.collection.run.error"
    _description = "Left out by a nightly run"
    _inherit = ["sale.collection.titled"]
    _order = "id"
    _rec_name = "partner_id"

    phase_id = fields.Many2one(
        "sale.collection.run.phase",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    run_id = fields.Many2one(
        related="phase_id.run_id", store=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="phase_id.company_id", store=True)
    phase_name = fields.Char(related="phase_id.name", string="In phase")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, ondelete="set null"
    )
    res_model = fields.Char(
        string="Model", required=True, readonly=True, export_string_translation=False
    )
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, readonly=True
    )
    record_name = fields.Char(string="What", compute="_compute_record_name")
    message = fields.Text(string="Why", required=True, readonly=True)

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for model, errors in self.grouped("res_model").items():
            Model = self.env.get(model)
            alive = () if Model is None else Model.browse(errors.mapped("res_id"))
            names = {
                record.id: record.display_name
                for record in alive and alive.exists()._filtered_access("read")
            }
            for error in errors:
                error.record_name = names.get(error.res_id, False)

    def action_open(self):
        """Open what was left out."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()
