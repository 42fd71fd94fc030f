import logging
import time

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL, split_every

from .run_phase import UNFINISHED

_logger = logging.getLogger(__name__)

# How often a phase starts over when another session wrote the same rows first.
ATTEMPTS = 3
# How often a phase may take its process down with it before it is given up.
MOST_STOPS = 3
# Records of one batch of `_each`.
BATCH = 100
CONFLICTS = (ConcurrencyError, psycopg2.OperationalError)


class OutOfTime(Exception):
    """The scheduler's time is over: the phase goes on at its next call."""


class SaleCollectionRun(models.Model):
    """How a run works: one at a time, batch by batch, and on after any stop.

    Everything a process has committed stays done when it dies; what it had not, the
    database undoes. The state of a phase, its counts and the last record of each of
    its lists are committed with the batch they speak of, so the next process can go
    on behind them.
    """

    _inherit = "sale.collection.run"

    # === OPENING AND CLOSING ===#

    @api.model
    def _claim(self):
        """Keep the scheduler, and other people, from running the cycle meanwhile.

        By the lock the scheduler itself takes before it does a job.
        """
        if self._is_alone():
            return
        cron = self.env.ref("sale_collection.cron_run", raise_if_not_found=False)
        if cron and not self._try_claim(cron):
            raise UserError(
                self.env._(
                    "The nightly run is at work just now. Look at the list of runs in "
                    "a few minutes."
                )
            )

    @api.model
    def _try_claim(self, cron):
        return bool(
            self.env.execute_query(
                SQL(
                    "SELECT id FROM ir_cron WHERE id = %s"
                    " FOR NO KEY UPDATE SKIP LOCKED",
                    cron.id,
                )
            )
        )

    @api.model
    def _open(self, company, today, codes=None, scheduled=False):
        """Return a new run of a company with its phases waiting.

        Runs it replaces are closed: those of other days, and all by a full one.
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
                    ("state", "!=", "missed"),
                ],
                limit=1,
            )
            codes = [phase.code for phase in self._get_ordered_phases()]
            if company != companies[0]:
                codes.remove("audit")
            runs |= earlier or self._open(company, today, codes, scheduled=True)
        return runs.filtered(lambda run: run.state == "running")

    def _work(self):
        """Work off the unfinished phases.

        :return: False when the scheduler's time is over before the last phase
        """
        self.ensure_one()
        run = self.with_company(self.company_id)
        unfinished = run.phase_ids._get_unfinished()
        for phase in unfinished:
            if not run._begin(phase):
                continue
            phase.write(run._attempt(phase))
            goes_on = run._keep(done=1)
            if phase.state == "pending" or (not goes_on and phase != unfinished[-1]):
                return False
        failed = any(phase.state == "failed" for phase in run.phase_ids)
        run.write(
            {
                "state": "failed" if failed else "done",
                "finished_at": fields.Datetime.now(),
            }
        )
        run._report()
        return bool(run._keep())

    # === ONE PHASE ===#

    def _begin(self, phase):
        """Note that a phase is at work, before it is.

        :return: False when it was at work each time the process died, and is given up
        """
        if phase.stop_count >= MOST_STOPS:
            error = self.env._(
                "The server stopped %(count)s times in this phase. See its log, raise "
                "its limits of time or memory, then run again.",
                count=phase.stop_count,
            )
            phase.write({"state": "failed", "error": error})
            self._keep(done=1)
            return False
        # One more than have been: it counts only if nobody comes back to take it off.
        phase.write({"state": "running", "stop_count": phase.stop_count + 1})
        self._keep()
        return True

    def _attempt(self, phase):
        """Do one phase and return what to note of it."""
        started = time.monotonic()
        try:
            found = self._perform(phase.code)
        except OutOfTime:
            outcome = {"state": "pending"}
        except Exception as error:
            if isinstance(error, CONFLICTS) and not self._is_alone():
                raise  # whoever called starts the whole transaction over
            _logger.exception("Nightly run %s, phase %s failed", self.id, phase.code)
            outcome = {"state": "failed", "error": str(error) or repr(error)}
        else:
            outcome = {"state": "done", "counts": _add(phase.counts, found)}
        seconds = phase.seconds + time.monotonic() - started
        return {**outcome, "seconds": seconds, "stop_count": 0}

    def _perform(self, code):
        """Do one phase, undone as a whole or, on its own, up to its last batch."""
        method = getattr(self, f"_phase_{code}")
        if not self._is_alone():
            with self.env.cr.savepoint():
                return method(self.date)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return method(self.date)
            except CONFLICTS:
                self.env.cr.rollback()
                if attempt == ATTEMPTS:
                    raise
            except OutOfTime:
                raise
            except Exception:
                self.env.cr.rollback()
                raise

    # === MANY RECORDS ===#

    def _each(self, records, do, count=None, key=None, size=None, keep_order=False):
        """Do many records in batches, each kept by itself, for the phase at work.

        A batch that fails is halved until the records are found that fail alone:
        they are left out and listed on the run. A process that takes over goes on
        behind the last record kept.

        :param do: takes a batch, returns its counts; must not commit
        :param str count: counts the records of batches that return nothing
        :param str key: name of the list; `count` and the model when left out
        :param bool keep_order: not by id but in the order given, which must be the
            same when read again
        :return: no counts: they are kept on the phase with each batch
        :raise OutOfTime: when the scheduler's time is over before the last batch
        """
        phase = self._get_phase_at_work()
        key = key or f"{records._name}:{count}"
        if count:
            phase._keep_counts({count: 0})
        ids = records.ids if keep_order else sorted(records.ids)
        todo = phase._get_rest(key, ids, records._name)
        # What is done to them must not commit: the batch is kept here.
        browse = records.with_context(ir_cron_progress_id=False).browse
        for batch in split_every(size or BATCH, todo, browse):
            found = self._isolate(batch, do, count)
            phase._keep_counts(found, {key: batch.ids[-1]})
            if not self._keep(done=1) and batch.ids[-1] != todo[-1]:
                raise OutOfTime
        return {}

    def _all_or_each(self, do_all, get_records, do, key):
        """Do everything at once; where that fails, batch by batch as `_each`.

        :param do_all: takes nothing, returns the counts
        :param get_records: returns the records for the slow way
        """
        phase = self._get_phase_at_work()
        if key in (phase.done_until or {}):  # found out already
            return self._each(get_records(), do, key=key)
        try:
            if self._is_alone():
                return do_all()
            with self.env.cr.savepoint():
                return do_all()
        except CONFLICTS:
            raise
        except Exception:
            _logger.info("Phase %s in batches: all at once fails", phase.code)
            if self._is_alone():
                self.env.cr.rollback()
        return self._each(get_records(), do, key=key)

    def _isolate(self, batch, do, count=None):
        """Do a batch, leave out and note the records it fails for.

        :return: the counts of the others
        """
        try:
            with self.env.cr.savepoint():
                found = do(batch)
                return found if isinstance(found, dict) else {count: len(batch)}
        except CONFLICTS:
            raise
        except Exception as error:
            if len(batch) == 1:
                self._note_error(batch, error)
                return {}
        middle = len(batch) // 2
        first = self._isolate(batch[:middle], do, count)
        return _add(first, self._isolate(batch[middle:], do, count))

    def _note_error(self, record, error):
        """List a record that failed, with its customer, and log how."""
        phase = self._get_phase_at_work()
        _logger.warning(
            "Nightly run %s, phase %s: %s left out",
            self.id,
            phase.code,
            record,
            exc_info=error,
        )
        self.env["sale.collection.run.error"].create(
            {
                "phase_id": phase.id,
                "partner_id": _get_customer(record).id,
                "res_model": record._name,
                "res_id": record.id,
                "message": str(error) or repr(error),
            }
        )

    def _get_phase_at_work(self):
        return self.phase_ids.filtered(lambda phase: phase.state == "running")

    # === COMMITS ===#

    @api.model
    def _is_alone(self):
        """Tell whether the scheduler runs this: the transaction is ours to commit."""
        return bool(self.env.context.get("ir_cron_progress_id"))

    @api.model
    def _keep(self, done=0):
        """Commit when the scheduler runs this, and return the seconds it has left.

        :param int done: batches done since the last time; a process that dies without
            any counts as a failure of the whole job
        """
        if not self._is_alone():
            return float("inf")
        unfinished = self.env["sale.collection.run.phase"].search_count(
            [("run_id.state", "=", "running"), ("state", "in", UNFINISHED)]
        )
        return self.env["ir.cron"]._commit_progress(done, remaining=unfinished)


def _add(counts, more):
    """Return the sums of two dicts of counts; those of zero stay."""
    counts = counts or {}
    return {
        what: counts.get(what, 0) + more.get(what, 0) for what in {**counts, **more}
    }


def _get_customer(record):
    """Return the customer a record is about, none where it is about nobody."""
    if record._name == "res.partner":
        return record
    if "partner_id" in record._fields:
        return record.sudo().partner_id.commercial_partner_id
    return record.env["res.partner"]
