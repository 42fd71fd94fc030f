from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...tools.night import Phase, in_order
from ..core.transaction import commit_batch, own_transaction, owns_transaction
from .run_phase import UNFINISHED

STATES = [
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("interrupted", "Interrupted"),
    ("missed", "Did not happen"),
]
# The colour of a state in the list.
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
    death of its process, goes on behind its last committed batch; each phase writes
    only what differs, so that doing one twice is harmless.
    """

    _name = "sale.collection.run"
    _inherit = [
        "sale.collection.code.written",
        "mail.thread",
        "mail.activity.mixin",
    ]
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
                phase._describe_counts(with_zeros=False)
                for phase in run.phase_ids - failed
            ]
            run.result = ", ".join(filter(None, parts)) or run._get_empty_result()

    def _get_empty_result(self):
        """Return the result of a run without counts."""
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
        self._lock_schedule()
        company = self.env.company.sudo().root_id
        run = self._create_run(company, today or company._collection_today(), phases)
        run._work()
        return run.with_env(self.env)

    @api.model
    def _cron_run(self):
        """Run the cycle of every company whose run of today is not done.

        The scheduler calls this in one process at a time, over all hosts.
        """
        with own_transaction(self.env):
            runs = self._find_scheduled_runs()
            self._commit_batch()
            for run in runs:
                if not run._work():
                    break

    @api.model
    def _cron_watch(self):
        """Alert managers of nights that did not happen or do not end."""
        cron = self.env.ref("sale_collection.cron_run", raise_if_not_found=False)
        if cron and self._try_lock_schedule(cron):  # else it is at work just now
            self.env["sale.collection.run.watch"]._watch(cron)

    def action_run_now(self):
        """Run the cycle of the current company and show what it did."""
        if not self.env.user.has_group("sale_collection.group_manager"):
            raise AccessError(self.env._("Only managers start the nightly run."))
        return self._run()._get_records_action()

    # === OPENING AND CLOSING ===#

    @api.model
    def _lock_schedule(self):
        """Take the lock that the scheduler takes before it runs the cycle.

        :raise UserError: while another nightly run is at work
        """
        if self._may_commit():
            return
        cron = self.env.ref("sale_collection.cron_run", raise_if_not_found=False)
        if cron and not self._try_lock_schedule(cron):
            raise UserError(
                self.env._(
                    "The nightly run is at work just now. Look at the list of runs in "
                    "a few minutes."
                )
            )

    @api.model
    def _try_lock_schedule(self, cron):
        """Tell whether this transaction got the lock of the scheduled action."""
        return bool(cron.sudo().try_lock_for_update(allow_referencing=True))

    @api.model
    def _create_run(self, company, today, codes=None, scheduled=False):
        """Return a new run of a company with its phases waiting.

        A full run closes all unfinished runs of the company, one of a few phases those
        of other days.

        :raise ValueError: a code that no phase has
        """
        phases = [phase.code for phase in self._get_ordered_phases()]
        unknown = set(codes or ()) - set(phases)
        if unknown:
            raise ValueError(f"No such phases: {', '.join(sorted(unknown))}")
        replaced = [("company_id", "=", company.id), ("state", "=", "running")]
        if codes is not None:
            replaced.append(("date", "!=", today))
        self.sudo().search(replaced).write(
            {"state": "interrupted", "finished_at": fields.Datetime.now()}
        )
        return (
            self.sudo()
            .with_company(company)
            .with_context(mail_create_nolog=True)
            .create(
                {
                    "company_id": company.id,
                    "date": today,
                    "scheduled": scheduled,
                    "phase_ids": [
                        fields.Command.create({"sequence": position, "code": code})
                        for position, code in enumerate(phases)
                        if codes is None or code in codes
                    ],
                }
            )
        )

    @api.model
    def _find_scheduled_runs(self):
        """Return the scheduled runs of today to work on, new or cut short.

        The run of the first company audits the ledger of all companies.
        """
        runs = self.browse()
        companies = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        for company in companies:
            today = company._collection_today()
            earlier = self.search(
                [
                    ("company_id", "=", company.id),
                    ("date", "=", today),
                    ("scheduled", "=", True),
                    ("state", "!=", "missed"),
                ],
                limit=1,
            )
            codes = [phase.code for phase in self._get_ordered_phases()]
            if company != companies[0]:
                codes.remove("audit")
            runs |= earlier or self._create_run(company, today, codes, scheduled=True)
        return runs.filtered(lambda run: run.state == "running")

    def _work(self):
        """Work off the unfinished phases.

        :return: False when the time of the scheduler is over before the last phase
        """
        self.ensure_one()
        run = self.with_company(self.company_id)
        unfinished = run.phase_ids.filtered(lambda phase: phase.state in UNFINISHED)
        for phase in unfinished:
            goes_on = phase._work()
            if phase.state == "pending" or (not goes_on and phase != unfinished[-1]):
                return False
        failed = any(phase.state == "failed" for phase in run.phase_ids)
        run.write(
            {
                "state": "failed" if failed else "done",
                "finished_at": fields.Datetime.now(),
            }
        )
        run.env["sale.collection.run.watch"]._report_outcome(run)
        return bool(run._commit_batch())

    # === PHASES ===#

    def _get_phase_at_work(self):
        """Return the phase that runs now; its `_each` does many records."""
        return self.phase_ids.filtered(lambda phase: phase.state == "running")

    @api.model
    def _get_phases(self):
        """Return the phases as `tools.night.Phase`, in any order."""
        return [
            Phase(
                "audit",
                self.env._("Compare the ledger with accounting"),
                counts={
                    "differences": self.env._("differences"),
                    "missing": self.env._("ledger rows added"),
                    "surplus": self.env._("ledger rows undone"),
                    "owner": self.env._("ledger rows of another customer"),
                    "rejected_payment": self.env._("rejected payments still posted"),
                },
            ),
            # judged before the profiles count them, followed up after grading
            Phase(
                "promises",
                self.env._("Judge promises"),
                after="audit",
                counts={"judged": self.env._("promises changed")},
            ),
            Phase(
                "refresh",
                self.env._("Refresh credit profiles"),
                after="promises",
                counts={
                    "customers": self.env._("customers"),
                    "written": self.env._("profiles changed"),
                },
            ),
            Phase(
                "learn",
                self.env._("Learn how customers pay"),
                after="refresh",
                counts={
                    "odds": self.env._("odds learnt"),
                    "habits": self.env._("habits changed"),
                },
            ),
            Phase(
                "score",
                self.env._("Grade customers"),
                after="refresh",
                counts={
                    "graded": self.env._("graded"),
                    "changed": self.env._("scores changed"),
                    "regraded": self.env._("grades changed"),
                },
            ),
            *self._get_follow_up_phases(),
        ]

    @api.model
    def _get_follow_up_phases(self):
        """Return the phases that tell people what to do."""
        return [
            Phase(
                "reviews",
                self.env._("Warn of expiring reviews"),
                after="score",
                counts={"warned": self.env._("reviewers warned")},
            ),
            Phase(
                "disputes",
                self.env._("Tell of late disputes"),
                after="reviews",
                counts={"escalated": self.env._("disputes past their deadline")},
            ),
            Phase(
                "promise_follow_up",
                self.env._("Follow up promises"),
                after="disputes",
                counts={
                    "confirmed": self.env._("payments confirmed"),
                    "followed": self.env._("broken promises followed up"),
                },
            ),
        ]

    @api.model
    def _get_ordered_phases(self):
        """Return the phases in the order they run."""
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
        phase = self._get_phase_at_work()
        counts = phase._all_or_each(
            lambda: {"written": profiles._refresh(today)},
            lambda: profiles.search(mine),
            lambda batch: {"written": batch._refresh(today)},
            key="refresh",
        )
        return {"customers": profiles.search_count(mine), **counts}

    def _phase_learn(self, today):
        return self.env["sale.collection.learning"]._learn(self.company_id, today)

    def _phase_score(self, today):
        profiles = self.env["sale.collection.profile"]
        return self._get_phase_at_work()._all_or_each(
            lambda: profiles._score(today),
            lambda: profiles.search([("company_id", "=", self.company_id.id)]),
            lambda batch: batch._score(today),
            key="score",
        )

    def _phase_reviews(self, today):
        reviews = self.env["sale.collection.review"]
        found = reviews._get_expiring(self.company_id, today)
        return self._get_phase_at_work()._each(
            found, lambda batch: {"warned": batch._warn_expiring()}
        )

    def _phase_promises(self, today):
        promises = self.env["sale.collection.promise"]
        judge = self.env["sale.collection.promise.judge"]
        return self._get_phase_at_work()._all_or_each(
            lambda: {"judged": promises._evaluate(today)},
            lambda: judge._get_pending(self.company_id, today),
            lambda batch: {"judged": batch._evaluate(today)},
            key="promises",
        )

    def _phase_disputes(self, today):
        """Tell the credit controller of disputes past their deadline."""
        late = self.env["sale.collection.dispute"]._get_late(self.company_id, today)
        phase = self._get_phase_at_work()
        return phase._each(
            late, lambda batch: batch._escalate(today), count="escalated"
        )

    def _phase_promise_follow_up(self, today):
        pace = self.env["sale.collection.promise.follow.up"]
        phase = self._get_phase_at_work()
        due = pace._get_due_soon(self.company_id, today)
        phase._each(due, lambda batch: pace._confirm(batch, today), count="confirmed")
        broken = pace._get_newly_broken(self.company_id, today)
        return phase._each(
            broken, lambda batch: pace._chase(batch, today), count="followed"
        )

    # === COMMITS ===#

    @api.model
    def _may_commit(self):
        """Return whether the scheduler runs this, so that it may commit."""
        return owns_transaction(self.env)

    @api.model
    def _commit_batch(self, done=0):
        """Commit if the scheduler runs this, and return the seconds it has left.

        :param int done: batches done since the last commit; for the scheduler, a
            process that dies without any has failed
        """
        if not self._may_commit():
            return float("inf")
        unfinished = self.env["sale.collection.run.phase"].search_count(
            [("run_id.state", "=", "running"), ("state", "in", UNFINISHED)]
        )
        return commit_batch(self.env, done, unfinished)

    # === CLEANING ===#

    @api.autovacuum
    def _gc_runs(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        self.search([("started_at", "<", limit)]).unlink()
