import logging
import time
from collections import Counter

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import AccessError

_logger = logging.getLogger(__name__)

STATES = [
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("interrupted", "Interrupted"),
]

# How often a phase starts over when another session wrote the same rows first.
ATTEMPTS = 3
# Days the record of a run is kept.
KEEP_DAYS = 400


class SaleCollectionRun(models.Model):
    """One nightly cycle of one company: its phases, what they did and how long.

    A phase that fails does not stop the others. A scheduled run that is cut short
    goes on with its next phase when the scheduler calls again; each phase writes only
    what differs, so that doing one twice is harmless.
    """

    _name = "sale.collection.run"
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
        "sale.collection.run.phase", "run_id", string="Phases", readonly=True
    )
    seconds = fields.Float(
        compute="_compute_outcome", digits=(16, 2), help="Working time of all phases."
    )
    result = fields.Char(compute="_compute_outcome")

    @api.depends(
        "finished_at", "phase_ids.seconds", "phase_ids.counts", "phase_ids.error"
    )
    @api.depends_context("lang")
    def _compute_outcome(self):
        for run in self:
            run.seconds = sum(run.phase_ids.mapped("seconds"))
            failed = run.phase_ids.filtered("error")
            parts = [
                self.env._("Failed: %(phase)s", phase=phase.name) for phase in failed
            ]
            parts += [
                phase._describe(with_zeros=False) for phase in run.phase_ids - failed
            ]
            unchanged = run.finished_at and self.env._("Nothing changed")
            run.result = ", ".join(filter(None, parts)) or unchanged

    # === ENTRY POINTS ===#

    @api.model
    def _run(self, today=None, phases=None):
        """Run the nightly cycle of the current company at once.

        :param date today: the company's own today when left out
        :param phases: codes of the phases wanted; all when left out
        :return: the run
        """
        company = self.env.company.sudo().root_id
        run = self._open(company, today or company._collection_today(), phases)
        run._work()
        return run.with_env(self.env)

    @api.model
    def _cron_run(self):
        """Run the cycle of every company that has not had its own today's yet."""
        runs = self._open_scheduled()
        pending = runs.phase_ids.filtered(lambda phase: phase.state == "pending")
        self.env["ir.cron"]._commit_progress(remaining=len(pending))
        for run in runs:
            if not run._work():
                break

    def action_run_now(self):
        """Run the cycle of the current company and show what it did."""
        if not self.env.user.has_group("sale_collection.group_manager"):
            raise AccessError(self.env._("Only managers start the nightly run."))
        run = self._run()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": run.id,
            "view_mode": "form",
        }

    # === PHASES ===#

    @api.model
    def _get_phases(self):
        """Return the phases in order, as pairs of code and label.

        Phase `x` is done by the method `_phase_x(today)` on the run, in the company
        of the run; it returns its counts as {what: number}.
        """
        return [
            ("audit", self.env._("Compare the ledger with accounting")),
            ("refresh", self.env._("Refresh credit profiles")),
            ("score", self.env._("Grade customers")),
            ("reviews", self.env._("Warn of expiring reviews")),
        ]

    @api.model
    def _get_count_labels(self):
        """Return the words for the counts of the phases."""
        return {
            "differences": self.env._("differences"),
            "missing": self.env._("ledger rows added"),
            "surplus": self.env._("ledger rows undone"),
            "owner": self.env._("ledger rows of another customer"),
            "rejected_payment": self.env._("rejected payments still posted"),
            "customers": self.env._("customers"),
            "written": self.env._("profiles changed"),
            "graded": self.env._("graded"),
            "changed": self.env._("scores changed"),
            "regraded": self.env._("grades changed"),
            "warned": self.env._("reviewers warned"),
        }

    def _phase_audit(self, today):
        found = self.env["sale.collection.receipt"]._audit()
        return {
            "differences": len(found),
            **Counter(row["difference"] for row in found),
        }

    def _phase_refresh(self, today):
        profiles = self.env["sale.collection.profile"]
        written = profiles._refresh(today)
        customers = profiles.search_count([("company_id", "=", self.company_id.id)])
        return {"customers": customers, "written": written}

    def _phase_score(self, today):
        return self.env["sale.collection.profile"]._score(today)

    def _phase_reviews(self, today):
        warned = self.env["sale.collection.review"]._warn_expiring(
            self.company_id, today
        )
        return {"warned": warned}

    # === OPENING AND CLOSING ===#

    @api.model
    def _open(self, company, today, codes=None, scheduled=False):
        """Return a new run of a company with its phases waiting."""
        phases = dict(self._get_phases())
        unknown = set(codes or ()) - phases.keys()
        if unknown:
            raise ValueError(f"No such phases: {', '.join(sorted(unknown))}")
        self.sudo().search(
            [("company_id", "=", company.id), ("state", "=", "running")]
        ).write({"state": "interrupted"})
        return (
            self.sudo()
            .with_company(company)
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
    def _open_scheduled(self):
        """Return the scheduled runs to work on: those cut short and the new ones.

        The ledger of all companies is compared as a whole: one run a night does it.
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
                ],
                limit=1,
            )
            codes = [code for code, _label in self._get_phases()]
            if company != companies[0]:
                codes.remove("audit")
            runs |= earlier or self._open(company, today, codes, scheduled=True)
        return runs.filtered(lambda run: run.state == "running")

    def _work(self):
        """Work off the waiting phases.

        :return: False when the scheduler's time is over before the last phase
        """
        self.ensure_one()
        run = self.with_company(self.company_id)
        pending = run.phase_ids.filtered(lambda phase: phase.state == "pending")
        for phase in pending:
            phase.write(run._attempt(phase.code))
            if not run._keep(done=1) and phase != pending[-1]:
                return False
        failed = any(phase.state == "failed" for phase in run.phase_ids)
        run.write(
            {
                "state": "failed" if failed else "done",
                "finished_at": fields.Datetime.now(),
            }
        )
        return bool(run._keep())

    # === ONE PHASE ===#

    def _attempt(self, code):
        """Do one phase and return what to note of it."""
        started = time.monotonic()
        try:
            counts = self._perform(code)
        except Exception as error:
            if isinstance(error, psycopg2.OperationalError) and not self._is_alone():
                raise  # whoever called starts the whole transaction over
            _logger.exception("Nightly run %s, phase %s failed", self.id, code)
            outcome = {"state": "failed", "error": str(error) or repr(error)}
        else:
            outcome = {"state": "done", "counts": dict(counts)}
        return {**outcome, "seconds": time.monotonic() - started}

    def _perform(self, code):
        """Do one phase, undone as a whole or, on its own, up to its last batch."""
        method = getattr(self, f"_phase_{code}")
        if not self._is_alone():
            with self.env.cr.savepoint():
                return method(self.date)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return method(self.date)
            except psycopg2.OperationalError:
                self.env.cr.rollback()
                if attempt == ATTEMPTS:
                    raise
            except Exception:
                self.env.cr.rollback()
                raise

    @api.model
    def _is_alone(self):
        """Tell whether the scheduler runs this: the transaction is ours to commit."""
        return bool(self.env.context.get("ir_cron_progress_id"))

    @api.model
    def _keep(self, done=0):
        """Commit when the scheduler runs this, and return the seconds it has left."""
        if not self._is_alone():
            return float("inf")
        return self.env["ir.cron"]._commit_progress(done)

    # === CLEANING ===#

    @api.autovacuum
    def _gc_runs(self):
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        self.search([("started_at", "<", limit)]).unlink()
