from odoo import api, fields, models
from odoo.tools.misc import formatLang

PHASE_STATES = [("pending", "Waiting"), ("done", "Done"), ("failed", "Failed")]


class SaleCollectionRunPhase(models.Model):
    """One phase of a nightly run: what it counted, or why it failed."""

    _name = "sale.collection.run.phase"
    _description = "Phase of a nightly run"
    _order = "sequence, id"
    _log_access = False

    run_id = fields.Many2one(
        "sale.collection.run",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    sequence = fields.Integer(readonly=True)
    code = fields.Char(required=True, readonly=True, export_string_translation=False)
    name = fields.Char(string="Phase", compute="_compute_name")
    state = fields.Selection(
        PHASE_STATES, required=True, readonly=True, default="pending"
    )
    seconds = fields.Float(digits=(16, 3), readonly=True)
    counts = fields.Json(readonly=True, export_string_translation=False)
    result = fields.Char(compute="_compute_result")
    error = fields.Text(readonly=True)

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_name(self):
        labels = dict(self.env["sale.collection.run"]._get_phases())
        for phase in self:
            phase.name = labels.get(phase.code, phase.code)

    @api.depends("counts")
    @api.depends_context("lang")
    def _compute_result(self):
        for phase in self:
            phase.result = phase._describe()

    def _describe(self, with_zeros=True):
        """Return the counts in words."""
        self.ensure_one()
        counts = self.counts or {}
        labels = self.env["sale.collection.run"]._get_count_labels()
        return ", ".join(
            f"{formatLang(self.env, counts[what], digits=0)} {label}"
            for what, label in labels.items()
            if counts.get(what) or with_zeros and what in counts
        )
