from datetime import date, timedelta

import psycopg2

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import CollectionCommon

TODAY = date(2026, 5, 10)
LOGGER = "odoo.addons.sale_collection.models.run"


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
        phases = [*self.runs._get_phases(), ("extra", "Extra")]
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
        run = self.runs.sudo()._open(self.company, today, scheduled=True)
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
        old = self.runs.sudo()._open(self.company, TODAY - timedelta(days=1))
        self.runs._run(TODAY)
        self.assertEqual(old.state, "interrupted")

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
