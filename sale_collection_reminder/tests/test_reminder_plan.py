from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestReminderPlan(ReminderCommon):
    """A plan goes live once, and is changed by a draft."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-02-02 09:00:00"))
        [cls.boss] = cls.new_users("plan", boss="sale_collection.group_manager")

    def open_dry_run(self, ladder, user=None):
        """Return the dialog that shows what a plan would send, saved."""
        action = ladder.with_user(user or self.boss).action_open_go_live()
        dialog = self.env[action["res_model"]].with_user(user or self.boss)
        return Form(dialog.with_context(**action["context"])).save()

    def try_change(self, ladder=None):
        action = (ladder or self.ladder).with_user(self.boss).action_try_change()
        return self.ladders.browse(action["res_id"])

    # === GOING LIVE AGAIN ===#

    def test_live_plan_is_not_reset(self):
        pattern = self.make_ladder((5, 20), live=False, company_id=False, pace="firm")
        pattern._go_live(date(2026, 1, 1))
        pattern.action_confirm_first_run()
        with self.assertRaisesRegex(UserError, "live already"):
            pattern._go_live(date(2026, 2, 1))
        with self.assertRaisesRegex(UserError, "live already"):
            self.open_dry_run(pattern).action_go_live()
        self.assertEqual(pattern.entry_date, date(2026, 1, 1))
        self.assertEqual(pattern.first_run_confirmed_by, self.env.user)

    def test_what_the_dry_run_shows_goes_live(self):
        self.create_invoice(1000)
        self.ladder.action_switch_off()
        self.step(5).name = "Changed"
        run = self.open_dry_run(self.ladder)
        run.entry_date = "2026-01-01"
        run.date = "2026-02-05"
        self.assertEqual(run.line_ids.step_id.name, "Changed")
        run.action_go_live()
        self.assertEqual(self.night("2026-02-05").step_id.name, "Changed")

    def test_first_run_without_anything_due(self):
        self.ladder.action_switch_off()
        run = self.open_dry_run(self.ladder)
        action = run.action_go_live()
        # nothing waits: the plan says so, and offers to end the first run
        self.assertEqual(action["res_model"], "sale.collection.ladder")
        self.assertEqual(self.ladder.first_run_count, 0)
        self.ladder.with_user(self.boss).action_confirm_first_run()
        self.assertEqual(self.ladder.first_run_confirmed_by, self.boss)
        self.ladder.entry_date = "2026-01-01"
        self.create_invoice(1000)
        self.assertEqual(self.night("2026-02-05").state, "ready")

    def test_first_run_that_waits(self):
        self.ladder.action_switch_off()
        self.ladder._go_live(date(2026, 1, 1))
        self.create_invoice(1000)
        self.assertEqual(self.night("2026-02-05").state, "candidate")
        self.assertEqual(self.ladder.first_run_count, 1)
        with self.assertRaisesRegex(UserError, "confirm or drop"):
            self.ladder.action_confirm_first_run()

    # === A DRAFT ===#

    def test_draft_counts_when_put_in_force(self):
        self.create_invoice(1000)
        live_at, entry = self.ladder.live_at, self.ladder.entry_date
        first = self.step(5)
        draft = self.try_change()
        self.assertEqual(self.try_change(), draft)
        self.assertFalse(draft.active or draft.is_live)
        draft.gap_days = 4
        self.step(5, draft).write({"days": 4, "name": "Sooner"})
        self.assertEqual((first.days, first.name), (5, "Day 5"))
        self.assertFalse(self.night("2026-02-04"))
        run = self.open_dry_run(draft)
        self.assertTrue(run.is_draft)
        self.assertFalse(run.is_go_live)
        self.assertEqual(run.date, date(2026, 2, 3))
        run.date = "2026-02-04"
        [line] = run.line_ids
        self.assertEqual((line.step_id, line.amount), (self.step(4, draft), 1000))
        self.assertEqual(first.days, 5)
        action = run.action_put_in_force()
        self.assertEqual(action["res_id"], self.ladder.id)
        self.assertFalse(draft.exists())
        self.assertEqual((first.days, first.name), (4, "Sooner"))
        self.assertRecordValues(
            self.ladder,
            [
                {
                    "gap_days": 4,
                    "is_live": True,
                    "live_at": live_at,
                    "entry_date": entry,
                    "entry_step_id": first.id,
                    "first_run_confirmed_by": self.env.uid,
                }
            ],
        )
        self.assertEqual(self.night("2026-02-04").step_id, first)

    def test_customers_keep_their_place(self):
        self.create_invoice(1000)
        self.walk("2026-02-05", "2026-02-05")
        draft = self.try_change()
        self.step(5, draft).days = 12
        run = self.open_dry_run(draft)
        run.date = "2026-02-12"
        self.assertFalse(run.line_ids)
        draft._put_in_force()
        self.assertEqual(self.ladder.step_ids.mapped("days"), [12, 20, 40])
        self.assertEqual(self.walk("2026-02-06", "2026-02-20"), [("2026-02-20", 20)])

    def test_days_of_two_steps_change_places(self):
        names = {step.name: step for step in self.ladder.step_ids}
        draft = self.try_change()
        for old, new in ((5, 6), (20, 5), (6, 20)):
            self.step(old, draft).days = new
            self.env.flush_all()
        draft._put_in_force()
        self.assertEqual((names["Day 5"].days, names["Day 20"].days), (20, 5))

    def test_steps_come_and_go(self):
        self.step(40).automatic = False
        self.create_invoice(1000, "2025-11-01", "2025-12-01")
        self.ladder.entry_step_id = self.step(40)
        waiting = self.night("2026-02-05")
        self.assertEqual((waiting.state, waiting.step_id), ("candidate", self.step(40)))
        draft = self.try_change()
        self.step(40, draft).unlink()
        self.env["sale.collection.ladder.step"].create(
            {
                "ladder_id": draft.id,
                "name": "Last",
                "days": 30,
                "template_id": self.texts[2].id,
            }
        )
        old = self.step(40)
        plan = draft.with_user(self.boss)._put_in_force()
        self.assertEqual(plan.step_ids.mapped("days"), [5, 20, 30])
        self.assertEqual((waiting.state, waiting.reason), ("dropped", "outdated"))
        self.assertTrue(old.exists() and not old.active)
        self.assertFalse(plan.entry_step_id)
        self.assertIn("30: Last", plan.message_ids[0].body)
        # archived steps stay out, also where the list shows archived plans
        shown = plan.with_context(active_test=False)
        self.assertEqual(shown.step_ids.mapped("days"), [5, 20, 30])

    def test_translations_of_a_draft_are_put_in_force(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        draft = self.try_change()
        chinese = self.step(5, draft).with_context(lang="zh_CN")
        chinese.name = "第一次提醒"
        self.step(5, draft).name = "First"
        draft._put_in_force()
        self.assertEqual(self.step(5).name, "First")
        self.assertEqual(self.step(5).with_context(lang="zh_CN").name, "第一次提醒")

    def test_drafts_are_for_managers(self):
        [controller] = self.new_users(
            "draft_reader", controller="sale_collection.group_credit_controller"
        )
        with self.assertRaises(AccessError):
            self.ladder.with_user(controller).action_try_change()
        draft = self.try_change()
        with self.assertRaises(AccessError):
            self.open_dry_run(draft, controller).action_put_in_force()
        with self.assertRaisesRegex(UserError, "is a draft"):
            draft._go_live()
        with self.assertRaisesRegex(UserError, "is no draft"):
            self.ladder._put_in_force()

    def test_a_draft_without_steps(self):
        draft = self.try_change()
        draft.step_ids.unlink()
        with self.assertRaisesRegex(UserError, "Steps: the plan"):
            draft._put_in_force()
