from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.night import Phase, in_order

STATES = [
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("interrupted", "Interrupted"),
    ("missed", "Did not happen"),
]
# What a state means for who glances at the list.
HEALTH = [
    ("running", "Running"),
    ("good", "Good"),
    ("warning", "Look at it"),
    ("bad", "Failed"),
]
HEALTH_OF_STATE = {
    "running": "running",
    "done": "good",
    "interrupted": "warning",
    "failed": "bad",
    "missed": "bad",
}

# Days the record of a run is kept.
KEEP_DAYS = 400


class SaleCollectionRun(models.Model):
    """One nightly cycle of one company: its phases, what they did and how long.

    A phase that fails does not stop the others, nor does a customer that fails stop
    the other customers of its phase. A scheduled run that is cut short, even by the
    death of its process, goes on where its last batch was kept; each phase writes
    only what differs, so that doing one twice is harmless.
    """

    _name = "sale.collection.run"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _description = "Nightly run"
    _order = "started_at desc, id desc"
    _rec_name = "date"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(
        required=True, readonly=True, help="The day the figures were made for."
    )
    scheduled = fields.Boolean(
        readonly=True, help="Started by the scheduler, not by a person."
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="running")
    started_at = fields.Datetime(
        string="Started", required=True, readonly=True, default=fields.Datetime.now
    )
    finished_at = fields.Datetime(string="Finished", readonly=True)
    phase_ids = fields.One2many(
        "sale.collection.run.phase", "run_id", string="Phases of the run", readonly=True
    )
    error_ids = fields.One2many(
        "sale.collection.run.error",
        "run_id",
        string="What was left out",
        readonly=True,
        help="What could not be done, by customer. Everybody else was done.",
    )
    error_count = fields.Integer(
        string="Left out", compute="_compute_health", store=True
    )
    health = fields.Selection(HEALTH, compute="_compute_health", store=True)
    seconds = fields.Float(
        compute="_compute_outcome", digits=(16, 2), help="Working time of all phases."
    )
    progress = fields.Char(string="Phases", compute="_compute_outcome")
    result = fields.Char(compute="_compute_outcome")

    @api.depends("state", "error_ids")
    def _compute_health(self):
        for run in self:
            run.error_count = len(run.error_ids)
            health = HEALTH_OF_STATE[run.state]
            run.health = "warning" if health == "good" and run.error_ids else health

    @api.depends(
        "finished_at",
        "state",
        "phase_ids.state",
        "phase_ids.seconds",
        "phase_ids.counts",
        "phase_ids.error",
    )
    @api.depends_context("lang")
    def _compute_outcome(self):
        for run in self:
            run.seconds = sum(run.phase_ids.mapped("seconds"))
            done = sum(phase.state == "done" for phase in run.phase_ids)
            run.progress = f"{done}/{len(run.phase_ids)}" if run.phase_ids else ""
            failed = run.phase_ids.filtered("error")
            parts = [
                self.env._("Failed: %(phase)s", phase=phase.name) for phase in failed
            ]
            parts += [
                phase._describe(with_zeros=False) for phase in run.phase_ids - failed
            ]
            run.result = ", ".join(filter(None, parts)) or run._get_empty_result()

    def _get_empty_result(self):
        """Say what a run did that has nothing to count."""
        if self.state == "missed":
            return self.env._("Did not happen")
        return self.finished_at and self.env._("Nothing changed")

    # === ENTRY POINTS ===#

    @api.model
    def _run(self, today=None, phases=None):
        """Run the nightly cycle of the current company at once.

        :param date today: the company's own today when left out
        :param phases: codes of the phases wanted; all when left out
        :return: the run
        :raise UserError: while another nightly run is at work
        """
        self._claim()
        company = self.env.company.sudo().root_id
        run = self._open(company, today or company._collection_today(), phases)
        run._work()
        return run.with_env(self.env)

    @api.model
    def _cron_run(self):
        """Run the cycle of every company that has not had its own today's yet.

        The scheduler lets one process at a time do this, on however many hosts.
        """
        runs = self._open_scheduled()
        self._keep()
        for run in runs:
            if not run._work():
                break

    def action_run_now(self):
        """Run the cycle of the current company and show what it did."""
        if not self.env.user.has_group("sale_collection.group_manager"):
            raise AccessError(self.env._("Only managers start the nightly run."))
        # a person, whatever the client says: only the scheduler commits on its way
        run = self.with_context(ir_cron_progress_id=False)._run()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": run.id,
            "view_mode": "form",
        }

    # === PHASES ===#

    @api.model
    def _get_phases(self):
        """Return the phases as `tools.night.Phase`, in any order."""
        _ = self.env._
        return [
            Phase(
                "audit",
                _("Compare the ledger with accounting"),
                counts={
                    "differences": _("differences"),
                    "missing": _("ledger rows added"),
                    "surplus": _("ledger rows undone"),
                    "owner": _("ledger rows of another customer"),
                    "rejected_payment": _("rejected payments still posted"),
                },
            ),
            # judged before the profiles count them, chased after grading
            Phase(
                "promises",
                _("Judge promises"),
                after="audit",
                counts={"judged": _("promises changed")},
            ),
            Phase(
                "refresh",
                _("Refresh credit profiles"),
                after="promises",
                counts={
                    "customers": _("customers"),
                    "written": _("profiles changed"),
                },
            ),
            Phase(
                "score",
                _("Grade customers"),
                after="refresh",
                counts={
                    "graded": _("graded"),
                    "changed": _("scores changed"),
                    "regraded": _("grades changed"),
                },
            ),
            Phase(
                "reviews",
                _("Warn of expiring reviews"),
                after="score",
                counts={"warned": _("reviewers warned")},
            ),
            Phase(
                "disputes",
                _("Tell of late disputes"),
                after="reviews",
                counts={"escalated": _("disputes past their deadline")},
            ),
            Phase(
                "promise_follow_up",
                _("Follow up promises"),
                after="disputes",
                counts={
                    "confirmed": _("payments confirmed"),
                    "followed": _("broken promises followed up"),
                },
            ),
        ]

    @api.model
    def _get_ordered_phases(self):
        return in_order(self._get_phases())

    @api.model
    def _get_count_labels(self):
        """Return the words for the counts of the phases."""
        phases = self._get_ordered_phases()
        return {key: label for phase in phases for key, label in phase.counts.items()}

    def _phase_audit(self, today):
        found = self.env["sale.collection.receipt"]._audit()
        return {
            "differences": len(found),
            **Counter(row["difference"] for row in found),
        }

    def _phase_refresh(self, today):
        profiles = self.env["sale.collection.profile"]
        mine = [("company_id", "=", self.company_id.id)]
        counts = self._all_or_each(
            lambda: {"written": profiles._refresh(today)},
            lambda: profiles.search(mine),
            lambda batch: {"written": batch._refresh(today)},
            key="refresh",
        )
        return {"customers": profiles.search_count(mine), **counts}

    def _phase_score(self, today):
        profiles = self.env["sale.collection.profile"]
        return self._all_or_each(
            lambda: profiles._score(today),
            lambda: profiles.search([("company_id", "=", self.company_id.id)]),
            lambda batch: batch._score(today),
            key="score",
        )

    def _phase_reviews(self, today):
        reviews = self.env["sale.collection.review"]
        found = reviews._get_expiring(self.company_id, today)
        return self._each(found, lambda batch: {"warned": batch._warn_expiring()})

    def _phase_promises(self, today):
        promises = self.env["sale.collection.promise"]
        judge = self.env["sale.collection.promise.judge"]
        return self._all_or_each(
            lambda: {"judged": promises._evaluate(today)},
            lambda: judge._get_pending(self.company_id, today),
            lambda batch: {"judged": batch._evaluate(today)},
            key="promises",
        )

    def _phase_disputes(self, today):
        """Tell the credit controller of disputes past their deadline."""
        late = self.env["sale.collection.dispute"]._get_late(self.company_id, today)
        return self._each(late, lambda batch: batch._escalate(today), count="escalated")

    def _phase_promise_follow_up(self, today):
        pace = self.env["sale.collection.promise.follow.up"]
        due = pace._get_due_soon(self.company_id, today)
        self._each(due, lambda batch: pace._confirm(batch, today), count="confirmed")
        broken = pace._get_newly_broken(self.company_id, today)
        return self._each(
            broken, lambda batch: pace._chase(batch, today), count="followed"
        )

    # === CLEANING ===#

    @api.autovacuum
    def _gc_runs(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        self.search([("started_at", "<", limit)]).unlink()
