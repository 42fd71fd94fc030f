import logging
import time

from odoo import api, fields, models
from odoo.tools import split_every
from odoo.tools.misc import formatLang

from ..core.transaction import CONFLICTS, do_all_or_each, savepoint

_logger = logging.getLogger(__name__)

PHASE_STATES = [
    ("pending", "Waiting"),
    ("running", "Running"),
    ("done", "Done"),
    ("failed", "Failed"),
]
# A phase that was cut short still says running.
UNFINISHED = ("pending", "running")
# How often a phase starts over when another session wrote the same rows first.
ATTEMPTS = 3
# How often a phase may take its process down with it before it is given up.
MOST_STOPS = 3
# Records of one batch of `_each`.
BATCH = 100


class OutOfTime(Exception):
    """The time of the scheduler is over; the phase goes on at its next call."""


class SaleCollectionRunPhase(models.Model):
    """One phase of a nightly run: its work, its counts, or why it failed.

    What a process has committed stays done when it dies. The state of the phase, its
    counts and the last record done of each of its lists are committed with the batch
    they belong to, so that the next process goes on behind that batch.
    """

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
            phase.result = phase._describe_counts()

    def _describe_counts(self, with_zeros=True):
        """Return the counts in words, such as `3 customers, 1 grades changed`."""
        self.ensure_one()
        counts = self.counts or {}
        labels = self.env["sale.collection.run"]._get_count_labels()
        return ", ".join(
            f"{formatLang(self.env, counts[what], digits=0)} {label}"
            for what, label in labels.items()
            if counts.get(what) or with_zeros and what in counts
        )

    # === WORK ===#

    def _work(self):
        """Do this phase and note what it did, how long it took or why it failed.

        It is given up when the process died each time the phase was at work.

        :return: the seconds the scheduler has left, 0 when its time is over
        """
        self.ensure_one()
        run = self.run_id
        if self.stop_count >= MOST_STOPS:
            error = self.env._(
                "The server stopped %(count)s times in this phase. See its log, raise "
                "its limits of time or memory, then run again.",
                count=self.stop_count,
            )
            self.write({"state": "failed", "error": error})
        else:
            # Committed before the work: it is taken back by the process that survives.
            self.write({"state": "running", "stop_count": self.stop_count + 1})
            run._commit_batch()
            self.write(self._attempt())
        return run._commit_batch(done=1)

    def _attempt(self):
        """Do the phase and return the values to note of it."""
        started = time.monotonic()
        try:
            found = self._perform()
        except OutOfTime:
            outcome = {"state": "pending"}
        except Exception as error:
            if isinstance(error, CONFLICTS) and not self.run_id._may_commit():
                raise  # the caller starts the whole transaction over
            _logger.exception(
                "Nightly run %s, phase %s failed", self.run_id.id, self.code
            )
            outcome = {"state": "failed", "error": str(error) or repr(error)}
        else:
            outcome = {"state": "done", "counts": _add(self.counts, found)}
        seconds = self.seconds + time.monotonic() - started
        return {**outcome, "seconds": seconds, "stop_count": 0}

    def _perform(self):
        """Do the phase and return its counts; undo it where it fails.

        A run that may commit is undone up to its last batch, any other as a whole.
        """
        run = self.run_id
        method = getattr(run, f"_phase_{self.code}")
        if not run._may_commit():
            with savepoint(self.env):
                return method(run.date)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return method(run.date)
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
        """Do many records in batches that are each committed by themselves.

        A batch that fails is halved until the records are found that fail alone:
        they are left out and listed on the run. A process that takes over goes on
        behind the last record done. Only a scheduled run commits.

        :param do: function of a batch that returns its counts and does not commit
        :param str count: key that counts the records of batches without counts
        :param str key: name of the list; default: model and `count`
        :param bool keep_order: in the order given, not by id; the order must be the
            same when the records are read again
        :return: an empty dict, as each batch has its counts added to the phase
        :raise OutOfTime: when the scheduler's time is over before the last batch
        """
        key = key or f"{records._name}:{count}"
        if count:
            self._add_counts({count: 0})
        ids = records.ids if keep_order else sorted(records.ids)
        todo = self._get_remaining_ids(key, ids, records._name)
        for batch in split_every(size or BATCH, todo, records.browse):
            found = self._do_batch(batch, do, count)
            self._add_counts(found, {key: batch.ids[-1]})
            if not self.run_id._commit_batch(done=1) and batch.ids[-1] != todo[-1]:
                raise OutOfTime
        return {}

    def _all_or_each(self, do_all, get_records, do, key):
        """Do everything at once; where that fails, batch by batch as `_each`.

        :param do_all: function without arguments that returns the counts
        :param get_records: function that returns the records for `_each`
        """
        if key in (self.done_until or {}):  # tried before this process took over
            return self._each(get_records(), do, key=key)
        try:
            if self.run_id._may_commit():
                return do_all()
            with savepoint(self.env):
                return do_all()
        except CONFLICTS:
            raise
        except Exception:
            _logger.info("Phase %s in batches: all at once fails", self.code)
            if self.run_id._may_commit():
                self.env.cr.rollback()
        return self._each(get_records(), do, key=key)

    def _do_batch(self, batch, do, count=None):
        """Do a batch; leave out and list the records it fails for.

        :return: the counts of the records done
        """
        counts = {}
        done = do_all_or_each(self.env, batch, do, self._note_error)
        for records, found in done:
            if not isinstance(found, dict):
                found = {count: len(records)}
            counts = _add(counts, found)
        return counts

    def _note_error(self, record, error):
        """List a record that failed, with its customer, and log the error."""
        _logger.warning(
            "Nightly run %s, phase %s: %s left out",
            self.run_id.id,
            self.code,
            record,
            exc_info=error,
        )
        self.env["sale.collection.run.error"].create(
            {
                "phase_id": self.id,
                "partner_id": _get_customer(record).id,
                "res_model": record._name,
                "res_id": record.id,
                "message": str(error) or repr(error),
            }
        )

    def _get_remaining_ids(self, key, ids, model):
        """Return the ids of a list behind the last one done, without failed ones.

        When the last one done is in the list no more, so are all others done.
        """
        failed = self.env["sale.collection.run.error"].search(
            [("phase_id", "=", self.id), ("res_model", "=", model)]
        )
        left_out = set(failed.mapped("res_id"))
        last = (self.done_until or {}).get(key)
        start = ids.index(last) + 1 if last in ids else 0
        return [record_id for record_id in ids[start:] if record_id not in left_out]

    def _add_counts(self, counts, done_until=None):
        """Add the counts of a batch, and note the last record done of each list."""
        vals = {"counts": _add(self.counts, counts)}
        if done_until:
            vals["done_until"] = {**(self.done_until or {}), **done_until}
            vals["stop_count"] = 1
        self.write(vals)


def _add(counts, more):
    """Return the sums of two dicts of counts; zeros stay."""
    counts = counts or {}
    return {
        what: counts.get(what, 0) + more.get(what, 0) for what in {**counts, **more}
    }


def _get_customer(record):
    """Return the customer a record is about, empty where it is about nobody."""
    if record._name == "res.partner":
        return record
    if "partner_id" in record._fields:
        return record.sudo().partner_id.commercial_partner_id
    return record.env["res.partner"]
