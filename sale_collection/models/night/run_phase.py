from odoo import api, fields, models
from odoo.tools.misc import formatLang

PHASE_STATES = [
    ("pending", "Waiting"),
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
]
# One cut short stands on running.
UNFINISHED = ("pending", "running")


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
    stop_count = fields.Integer(
        readonly=True,
        export_string_translation=False,
        help="How often the process was gone while this phase was at work.",
    )
    done_until = fields.Json(
        readonly=True,
        export_string_translation=False,
        help="The last id done of each list of records.",
    )
    date = fields.Date(related="run_id.date", store=True)

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_name(self):
        phases = self.env["sale.collection.run"]._get_phases()
        labels = {phase.code: phase.label for phase in phases}
        for phase in self:
            phase.name = labels.get(phase.code, phase.code)

    @api.depends("counts")
    @api.depends_context("lang")
    def _compute_result(self):
        for phase in self:
            phase.result = phase._describe()

    # === WORK ===#

    def _get_unfinished(self):
        """Return the phases still to be done."""
        return self.filtered(lambda phase: phase.state in UNFINISHED)

    def _get_rest(self, key, ids, model):
        """Return the ids of a list behind the last one done, failed ones left out.

        All of them where that one is in the list no more: what is done is not either.
        """
        failed = self.env["sale.collection.run.error"].search(
            [("phase_id", "=", self.id), ("res_model", "=", model)]
        )
        left_out = set(failed.mapped("res_id"))
        last = (self.done_until or {}).get(key)
        start = ids.index(last) + 1 if last in ids else 0
        return [record_id for record_id in ids[start:] if record_id not in left_out]

    def _keep_counts(self, counts, done_until=None):
        """Add counts of a batch, and how far it came; it was not the last we heard."""
        known = self.counts or {}
        totals = {
            what: known.get(what, 0) + counts.get(what, 0)
            for what in {**known, **counts}
        }
        vals = {"counts": totals}
        if done_until:
            vals["done_until"] = {**(self.done_until or {}), **done_until}
            vals["stop_count"] = 1
        self.write(vals)

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
