from datetime import date, datetime, timedelta

import psycopg2

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ...tools.night import Phase
from ..common import CollectionCommon

TODAY = date(2026, 5, 10)
LOGGER = "odoo.addons.sale_collection.models.night.run_phase"


@tagged("post_install", "-at_install")
class TestRun(CollectionCommon):
    """The nightly cycle: what it does, what it notes, how it goes on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = cls.env["sale.collection.run"]
        cls.profiles = cls.env["sale.collection.profile"]
        cls.runs.sudo().search([]).unlink()  # what the database's own nights left
        cls.cron = cls.env.ref("sale_collection.cron_run")

    def patch_phase(self, code, function):
        self.patch(self.env.registry["sale.collection.run"], f"_phase_{code}", function)

    def states(self, run):
        return {phase.code: phase.state for phase in run.sudo().phase_ids}

    def test_whole_cycle(self):
        for _unused in range(5):
            invoice = self.create_invoice(100, due="2026-01-05")
            self.pay(invoice, date="2026-01-05")
        run = self.runs._run(TODAY)
        self.assertEqual(run.state, "done")
        self.assertEqual(set(self.states(run).values()), {"done"})
        self.assertEqual(run.company_id, self.company)
        self.assertEqual(run.date, TODAY)
        self.assertTrue(run.finished_at)
        profile = self.profiles._for(self.customer)
        self.assertEqual(profile.paid_count, 5)
        self.assertTrue(profile.grade_id)
        counts = {phase.code: phase.counts for phase in run.sudo().phase_ids}
        self.assertEqual(counts["refresh"], {"customers": 1, "written": 1})
        self.assertIn("1 customers", run.sudo().result)

    def test_second_run_of_the_day_writes_nothing(self):
        self.create_invoice(100)
        self.runs._run(TODAY)
        run = self.runs._run(TODAY, phases=["refresh"])
        self.assertEqual(run.sudo().phase_ids.counts["written"], 0)
        self.assertEqual(self.states(run), {"refresh": "done"})

    def test_audit_repairs_before_the_refresh(self):
        invoice = self.create_invoice(100, due="2026-01-05")
        self.pay(invoice, date="2026-01-05")
        self.env.cr.flush()
        self.env.cr.execute(
            "DELETE FROM sale_collection_receipt WHERE move_ref = %s", (invoice.id,)
        )
        run = self.runs._run(TODAY)
        audit = run.sudo().phase_ids.filtered(lambda phase: phase.code == "audit")
        self.assertEqual(audit.counts, {"differences": 1, "missing": 1})
        self.assertEqual(self.profiles._for(self.customer).paid_count, 1)

    def test_failed_phase_does_not_stop_the_others(self):
        self.create_invoice(100)

        def broken(run, today):
            run.env["sale.collection.profile"]._for(self.customer)
            raise ZeroDivisionError("a figure too much")

        self.patch_phase("score", broken)
        with mute_logger(LOGGER):
            run = self.runs._run(TODAY)
        self.assertEqual(run.state, "failed")
        states = self.states(run)
        self.assertEqual(states.pop("score"), "failed")
        self.assertEqual(set(states.values()), {"done"})
        failed = run.sudo().phase_ids.filtered("error")
        self.assertEqual(failed.error, "a figure too much")
        self.assertTrue(run.sudo().result.startswith("Failed: Grade customers"))

    def test_conflict_is_left_to_the_caller(self):
        def conflict(run, today):
            raise psycopg2.errors.SerializationFailure("somebody was faster")

        self.patch_phase("refresh", conflict)
        with self.assertRaises(psycopg2.OperationalError):
            self.runs._run(TODAY)

    def test_unknown_phase(self):
        with self.assertRaisesRegex(ValueError, "dance"):
            self.runs._run(TODAY, phases=["dance"])

    def test_an_extension_adds_a_phase(self):
        model = self.env.registry["sale.collection.run"]
        phases = [*self.runs._get_phases(), Phase("extra", "Extra", after="score")]
        self.patch(model, "_get_phases", lambda self: phases)
        model._phase_extra = lambda self, today: {"customers": 7}
        self.addCleanup(delattr, model, "_phase_extra")
        run = self.runs._run(TODAY, phases=["extra"])
        self.assertEqual(run.sudo().phase_ids.counts, {"customers": 7})

    # === SCHEDULER ===#

    def scheduled_runs(self):
        self.env.invalidate_all()
        return self.runs.sudo().search([("scheduled", "=", True)], order="id")

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.cron.sudo().method_direct_trigger()

    def test_scheduler_runs_every_root_company_once_a_day(self):
        roots = self.env["res.company"].sudo().search([("parent_id", "=", False)])
        self.run_cron()
        runs = self.scheduled_runs()
        self.assertEqual(runs.company_id, roots)
        self.assertEqual(set(runs.mapped("state")), {"done"})
        audits = runs.phase_ids.filtered(lambda phase: phase.code == "audit")
        self.assertEqual(len(audits), 1, "the ledger is compared as a whole")
        self.run_cron()
        self.assertEqual(self.scheduled_runs(), runs)

    def test_scheduler_goes_on_where_it_was_cut_short(self):
        today = self.company._collection_today()
        run = self.runs.sudo()._create_run(self.company, today, scheduled=True)
        done = run.phase_ids[:2]
        done.write({"state": "done", "counts": {"customers": 1}})
        self.run_cron()
        run.invalidate_recordset()
        self.assertEqual(run.state, "done")
        self.assertEqual(set(self.states(run).values()), {"done"})
        self.assertEqual(done.mapped("counts"), [{"customers": 1}] * 2)

    def test_conflict_starts_the_phase_over(self):
        calls = []

        def conflict_once(run, today):
            calls.append(run.company_id)
            if calls.count(run.company_id) == 1:
                raise psycopg2.errors.SerializationFailure("somebody was faster")
            return {"customers": 1}

        self.patch_phase("refresh", conflict_once)
        self.run_cron()
        runs = self.scheduled_runs()
        self.assertEqual(set(runs.mapped("state")), {"done"})
        self.assertEqual(len(calls), 2 * len(runs))

    def test_unfinished_run_of_yesterday_is_closed(self):
        old = self.runs.sudo()._create_run(self.company, TODAY - timedelta(days=1))
        self.runs._run(TODAY)
        self.assertEqual(old.state, "interrupted")

    # === RECORDS THAT FAIL ===#

    def create_profiles(self, count=5):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(count)]
        )
        return self.profiles._for(partners).sudo()

    def work_through(self, profiles, do, **values):
        """Run one phase that works through profiles."""
        self.patch_phase(
            "score",
            lambda run, today: run._get_phase_at_work()._each(
                profiles, do, count="graded", **values
            ),
        )
        with mute_logger(LOGGER):
            return self.runs._run(TODAY, phases=["score"]).sudo()

    def test_one_customer_that_fails_is_left_out_and_listed(self):
        profiles = self.create_profiles()
        done = []

        def do(batch):
            if profiles[2] in batch:
                raise ZeroDivisionError("a figure too much")
            done.extend(batch.ids)

        run = self.work_through(profiles, do)
        self.assertEqual(sorted(done), (profiles - profiles[2]).ids)
        self.assertEqual((run.state, run.health), ("done", "warning"))
        self.assertEqual(run.phase_ids.counts, {"graded": 4})
        error = run.error_ids
        self.assertEqual(error.partner_id, profiles[2].partner_id)
        self.assertEqual(error.message, "a figure too much")
        self.assertEqual(error.action_open()["res_id"], profiles[2].id)
        self.assertEqual(error.record_name, profiles[2].display_name)

    def test_what_a_failing_record_wrote_is_undone(self):
        profiles = self.create_profiles(2)

        def do(batch):
            batch.write({"payment_documents": "seen"})
            if profiles[0] in batch:
                raise ZeroDivisionError("a figure too much")

        self.work_through(profiles, do)
        self.assertEqual(profiles.mapped("payment_documents"), [False, "seen"])

    def test_a_new_process_goes_on_behind_the_last_batch(self):
        profiles = self.create_profiles()
        done = []
        self.patch_phase(
            "score",
            lambda run, today: run._get_phase_at_work()._each(
                profiles, lambda batch: done.extend(batch.ids), count="graded", size=2
            ),
        )
        run = self.runs.sudo()._create_run(self.company, TODAY, ["score"])
        key = "sale.collection.profile:graded"
        run.phase_ids.write(
            {
                "state": "running",
                "stop_count": 1,
                "counts": {"graded": 2},
                "done_until": {key: profiles[1].id},
            }
        )
        run._work()
        self.assertEqual(done, profiles[2:].ids)
        self.assertEqual(run.phase_ids.counts, {"graded": 5})
        self.assertEqual((run.state, run.phase_ids.stop_count), ("done", 0))

    def test_everything_at_once_falls_back_to_batches(self):
        self.create_invoice(100)
        profiles = self.create_profiles(3)
        refresh = self.registry["sale.collection.profile"]._refresh

        def poisoned(records, today=None):
            if not records or profiles[1] in records:
                raise ZeroDivisionError("a figure too much")
            return refresh(records, today)

        self.patch(self.registry["sale.collection.profile"], "_refresh", poisoned)
        with mute_logger(LOGGER):
            run = self.runs._run(TODAY, phases=["refresh"]).sudo()
        self.assertEqual(run.error_ids.partner_id, profiles[1].partner_id)
        self.assertEqual(run.state, "done")
        self.assertTrue(profiles[0].refreshed_at)

    def test_a_phase_that_kills_its_process_is_given_up(self):
        run = self.runs.sudo()._create_run(self.company, TODAY, ["refresh", "score"])
        run.phase_ids[0].write({"state": "running", "stop_count": 3})
        run._work()
        self.assertEqual(self.states(run), {"refresh": "failed", "score": "done"})
        self.assertIn("3 times", run.phase_ids[0].error)

    def test_the_scheduler_takes_back_what_its_time_was_too_short_for(self):
        profiles = self.create_profiles()
        model = self.registry["sale.collection.run"]
        self.patch(model, "_may_commit", lambda run: True)
        self.patch(model, "_commit_batch", self.count_down(3))
        done = []
        run = self.runs.sudo()._create_run(self.company, TODAY, ["score"])
        self.patch_phase(
            "score",
            lambda run, today: run._get_phase_at_work()._each(
                profiles, lambda batch: done.extend(batch.ids), count="graded", size=2
            ),
        )
        self.assertFalse(run._work())
        self.assertEqual((run.phase_ids.state, len(done)), ("pending", 4))
        run._work()
        self.assertEqual((run.state, done), ("done", profiles.ids))

    def count_down(self, calls):
        """Return a `_commit_batch` that has no time left at one of its calls."""
        left = iter(range(calls - 1, -100, -1))
        return lambda run, done=0: float(next(left) != 0)

    # === WATCHING ===#

    def alerts(self, run):
        return self.env["mail.activity"].search(
            [("res_model", "=", "sale.collection.run"), ("res_id", "in", run.ids)]
        )

    def watch(self, **shift):
        """Watch as if it was later, without the scheduler at work."""
        now = datetime.now() + timedelta(**shift)
        watch = self.env["sale.collection.run.watch"].sudo()
        watch._watch_company(self.company, self.cron.sudo(), now)
        return self.runs.sudo().search(
            [("company_id", "=", self.company.id), ("state", "=", "missed")]
        )

    def test_manager_is_told_of_a_failed_night_until_one_goes_well(self):
        self.company.collection_night_user_id = self.env.user

        def broken(run, today):
            raise ZeroDivisionError("a figure too much")

        run = self.runs.sudo()._create_run(
            self.company, TODAY, ["score"], scheduled=True
        )
        with self.subTest("failed"):
            self.patch_phase("score", broken)
            with mute_logger(LOGGER):
                run._work()
            self.assertEqual(run.health, "bad")
            alert = self.alerts(run)
            self.assertEqual(alert.user_id, self.env.user)
            self.assertIn("Grade customers", alert.note)
        self.patch_phase("score", lambda run, today: {})
        self.runs._run(TODAY, phases=["score"])
        self.assertFalse(alert.active)

    def test_manager_is_told_once_of_nights_that_did_not_happen(self):
        self.assertFalse(self.watch(hours=25))
        missed = self.watch(hours=27)
        self.assertEqual((missed.health, missed.scheduled), ("bad", True))
        alert = self.alerts(missed)
        self.assertEqual(len(alert), 1)
        self.assertEqual(self.watch(hours=30), missed)
        again = self.watch(hours=54)
        self.assertEqual(len(again), 2)
        self.assertEqual(self.alerts(again), alert)
        run = self.runs.sudo()._create_run(
            self.company, self.company._collection_today(), [], scheduled=True
        )
        self.assertEqual(run.state, "running", "the night can still happen")

    def test_manager_is_told_of_a_run_without_end(self):
        run = self.runs.sudo()._create_run(
            self.company, TODAY, ["score"], scheduled=True
        )
        self.watch(hours=5)
        self.assertFalse(self.alerts(run))
        self.watch(hours=7)
        self.watch(hours=8)
        self.assertEqual(len(self.alerts(run)), 1)

    def test_one_run_at_a_time(self):
        run = self.runs.sudo()
        self.patch(
            self.registry["sale.collection.run"], "_try_lock_schedule", lambda *a: False
        )
        with self.assertRaises(UserError):
            run._run(TODAY)
        run._cron_watch()

    # === ACCESS ===#

    def test_who_may(self):
        run = self.runs._run(TODAY)
        users = {
            group: new_test_user(
                self.env(su=True),
                login=group,
                groups=f"sale_collection.{group}",
                company_id=self.company.id,
                company_ids=self.company.ids,
            )
            for group in ("group_all_customers", "group_credit_controller")
        }
        controller = run.with_user(users["group_credit_controller"])
        self.assertTrue(controller.result)
        with self.assertRaises(AccessError):
            controller.action_run_now()
        with self.assertRaises(AccessError):
            run.with_user(users["group_all_customers"]).read(["result"])
        action = self.runs.action_run_now()
        self.assertEqual(self.runs.browse(action["res_id"]).state, "done")
