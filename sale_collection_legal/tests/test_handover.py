from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import LegalCommon


@tagged("post_install", "-at_install")
class TestHandover(LegalCommon):
    """Debts handed over: demanded once, asked for by others, what came since."""

    def covered(self):
        """Return {instalment: (amount, why)} of what nobody is asked for."""
        self.env.flush_all()
        query = self.env["sale.collection.cover"]._get_unasked_sql(
            self.company, self.today
        )
        return {
            line_id: (float(amount), kind)
            for line_id, amount, _until, kind in self.env.execute_query(query)
        }

    # === FINAL DEMAND ===#

    def test_final_demand(self):
        draft = self.prepare()
        action = draft.action_demand()
        self.assertEqual(action["report_name"], "sale_collection_legal.final_demand")
        self.assertRecordValues(
            draft,
            [
                {
                    "state": "draft",
                    "demand_date": self.today,
                    "demand_until": self.day(14),
                    "amount": 1000,
                    "recipient_id": self.customer.id,
                }
            ],
        )
        follow_up = self.profile.activity_ids
        self.assertRecordValues(
            follow_up,
            [{"user_id": self.collector.id, "date_deadline": self.day(15)}],
        )
        self.assertIn("1,000.00", self.profile.message_ids[0].body)
        timeline = self.env["sale.collection.timeline"].search(
            [("kind", "=", "demand"), ("partner_id", "=", self.customer.id)]
        )
        self.assertRecordValues(timeline, [{"date": self.today, "amount": 1000}])

    def test_letter_names_debts_and_date(self):
        draft = self.prepare(demand_until=self.day(20))
        draft.action_demand()
        report = self.env["ir.actions.report"].with_user(self.collector)
        content, _kind = report._render_qweb_html(
            "sale_collection_legal.final_demand", draft.ids
        )
        text = content.decode()
        self.assertIn(self.invoice.name, text)
        self.assertIn("1,000.00", text)
        self.assertIn(self.day(20).strftime("%m/%d/%Y"), text)
        other = self.prepare(self.receivable_lines(self.create_invoice(70)))
        other.action_demand()
        self.assertPrintsEach("sale_collection_legal.final_demand", draft | other)

    def test_two_letters_are_not_doubled(self):
        draft = self.prepare()
        draft.action_demand()
        draft.action_demand()
        self.assertEqual(len(self.profile.activity_ids), 1)
        with self.assertRaisesRegex(ValidationError, "another hand-over"):
            self.prepare()

    def test_database_refuses_the_second(self):
        one = self.prepare()
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            with self.cr.savepoint():
                self.env.cr.execute(
                    """INSERT INTO sale_collection_handover_line
                              (handover_id, line_ref, is_live)
                       SELECT handover_id, line_ref, TRUE
                         FROM sale_collection_handover_line WHERE handover_id = %s""",
                    [one.id],
                )

    def test_what_was_demanded_stays(self):
        draft = self.prepare()
        draft.action_demand()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            draft.demand_until = self.day(60)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            draft.line_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "stays as it is"):
            draft.unlink()
        draft.write({"kind": "court", "reference": "A 1"})
        draft.action_close()
        self.assertEqual(draft.state, "closed")
        self.prepare()

    def test_date_has_to_lie_ahead(self):
        draft = self.prepare(demand_until=self.today)
        with self.assertRaisesRegex(UserError, "lies ahead"):
            draft.action_demand()

    # === HAND OVER ===#

    def test_hand_over_and_take_back(self):
        handover = self.hand_over()
        self.assertEqual((handover.state, handover.date), ("handed", self.today))
        self.assertEqual(self.covered(), {self.line.id: (1000, "handed")})
        self.assertIn("Agency", self.profile.handover_notice)
        with self.assertRaisesRegex(UserError, "say what came of it"):
            handover.action_take_back()
        handover.result = "No answer"
        handover.action_take_back()
        self.assertEqual((handover.state, handover.ended_on), ("returned", self.today))
        with self.assertRaisesRegex(UserError, "say what came"), self.cr.savepoint():
            handover.result = " "
        handover.result = "Moved abroad"
        self.assertEqual(self.covered(), {})
        self.profile.invalidate_recordset()
        self.assertFalse(self.profile.handover_notice)

    def test_aging_goes_on(self):
        self.hand_over()
        rows = self.env["sale.collection.aging"].search(
            [("line_id", "=", self.line.id)]
        )
        self.assertRecordValues(rows, [{"amount": 1000, "covered_by": False}])
        self.assertEqual(rows.age, (self.today - self.due).days)

    def test_money_since(self):
        self.pay(self.invoice, 100, date=self.day(-10))
        handover = self.hand_over()
        self.assertEqual((handover.amount, handover.amount_collected), (900, 0))
        payment = self.pay(self.invoice, 250, date=self.today)
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual((handover.amount_collected, handover.amount_open), (250, 650))
        rows = handover.action_open_receipts()
        found = self.env[rows["res_model"]].search(rows["domain"])
        self.assertEqual(found.mapped("amount"), [250])
        payment.action_draft()
        payment.action_cancel()
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual((handover.amount_collected, handover.amount_open), (0, 900))

    def test_credit_notes_are_no_money(self):
        handover = self.hand_over()
        note = self.create_invoice(1000, self.today, self.today, move_type="out_refund")
        self.match(self.invoice, note)
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual((handover.amount_collected, handover.amount_open), (0, 0))

    def test_cancelled_invoice(self):
        handover = self.hand_over()
        self.invoice.button_draft()
        self.invoice.button_cancel()
        self.env.invalidate_all()
        self.assertEqual((handover.amount, handover.amount_open), (1000, 0))
        self.assertEqual(self.covered(), {})

    def test_deleted_line_stays_on_record(self):
        handover = self.hand_over()
        name = self.invoice.name
        self.invoice.button_draft()
        self.invoice.invoice_line_ids.price_unit = 400
        self.invoice.line_ids.with_context(dynamic_unlink=True).unlink()
        self.env.invalidate_all()
        self.assertRecordValues(
            handover.line_ids,
            [{"line_id": False, "line_name": name, "amount": 1000, "residual": 0}],
        )

    def test_settled_before(self):
        draft = self.prepare()
        self.pay(self.invoice, date=self.today)
        self.env.cr.flush()
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "open any more"):
            draft.action_hand_over()

    def test_paid_after_the_final_demand(self):
        other = self.create_invoice(200, self.day(-60), self.day(-30))
        draft = self.prepare(self.line | self.receivable_lines(other))
        draft.action_demand()
        self.assertEqual(draft.amount, 1200)
        self.pay(other, date=self.today)
        self.env.cr.flush()
        self.env.invalidate_all()
        draft.action_hand_over()
        self.assertEqual(draft.line_ids.mapped("amount"), [1000, 0])
        self.assertEqual((draft.amount, draft.amount_collected), (1000, 0))
        self.assertEqual(self.covered(), {self.line.id: (1000, "handed")})

    def test_needs_a_receiver(self):
        draft = self.prepare(receiver_id=False)
        with self.assertRaisesRegex(UserError, "choose who is to collect"):
            draft.action_hand_over()

    def test_an_old_screen(self):
        handover = self.hand_over()
        with self.assertRaisesRegex(UserError, "Handed over"):
            handover.action_hand_over()

    def test_from_open_instalments(self):
        self.create_invoice(50, self.day(-60), self.day(-30))
        items = self.env["sale.collection.open.item"].with_user(self.collector)
        items = items.search([("partner_id", "=", self.customer.id)])
        action = items.action_hand_over()
        draft = self.handovers.browse(action["res_id"])
        self.assertEqual(draft.amount_open, 1050)
        self.assertEqual(draft.user_id, self.collector)

    def count_queries(self, handovers):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        handovers.mapped(lambda one: (one.amount_open, one.amount_collected))
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow(self):
        handovers = self.hand_over()
        few = self.count_queries(handovers)
        for number in range(8):
            invoice = self.create_invoice(50 + number, self.day(-60), self.day(-30))
            handovers |= self.hand_over(self.receivable_lines(invoice))
            self.pay(invoice, 5, date=self.today)
        self.env.cr.flush()
        many = self.count_queries(handovers)
        self.assertEqual(sum(handovers.mapped("amount_collected")), 40)
        self.assertLessEqual(many, few + 2)

    # === TODAY ===#

    def test_today(self):
        rule = self.env.ref("sale_collection_legal.work_rule_handed_over")
        self.env.ref("sale_collection_legal.work_rule_limitation").active = False
        self.run_night("refresh", "work")
        self.assertGreater(self.profile.priority, 0)
        self.hand_over()
        self.run_night("refresh", "work")
        self.assertEqual(self.profile.priority, 0, "others ask for all of it")
        self.create_invoice(200, self.day(-60), self.day(-30))
        self.run_night("refresh", "work")
        self.assertGreater(self.profile.priority, 0)
        self.assertIn(rule, self.profile.work_rule_ids)

    # === REMINDERS, WHERE INSTALLED ===#

    def test_no_reminder_while_handed_over(self):
        if "sale.collection.ladder" not in self.env:
            self.skipTest("sale_collection_reminder is not installed")
        ladders = self.env["sale.collection.ladder"]
        text = "sale_collection_reminder.mail_template_reminder_first"
        step = {"name": "5", "days": 5, "template_id": self.env.ref(text).id}
        ladder = ladders.create(
            {
                "name": "Plan",
                "company_id": self.company.id,
                "step_ids": [Command.create(step)],
            }
        )
        ladder._go_live(self.day(-365 * 4))
        ladder._confirm_first_run()
        self.invoice.is_move_sent = True
        self.customer.email = "pay@example.com"
        handover = self.hand_over()
        self.assertEqual(self.remind(), (["dropped"], ["handed"]))
        handover.result = "Nothing"
        handover.action_take_back()
        self.assertNotIn("dropped", self.remind()[0])

    def remind(self):
        """Return (state, reason) of what a night would send."""
        self.env.cr.flush()
        reminders = self.env["sale.collection.reminder"].sudo()
        found = reminders._prepare(self.today)
        found = found.filtered(lambda one: one.partner_id == self.customer)
        return found.mapped("state"), found.mapped("reason")

    # === WHO AND WHERE ===#

    def test_rights(self):
        rep = self.new_user("legal_rep", "sale_collection.group_user")
        handover = self.prepare()
        self.customer.user_id = rep
        self.assertEqual(handover.with_user(rep).amount_open, 1000)
        with self.assertRaises(AccessError):
            handover.with_user(rep).action_hand_over()
        with self.assertRaises(AccessError):
            self.prepare(user=rep)
        self.customer.user_id = self.collector
        self.assertFalse(self.handovers.with_user(rep).search([]))
        handover.with_user(self.accountant).action_hand_over()

    def test_states_are_written_by_code(self):
        handover = self.prepare(state="won", demand_date=self.today)
        self.assertEqual((handover.state, handover.demand_date), ("draft", False))
        handover.write({"state": "handed", "ended_on": self.today})
        self.assertEqual((handover.state, handover.ended_on), ("draft", False))
        handover.line_ids.write({"amount": 7, "is_live": False})
        self.assertEqual(
            (handover.line_ids.amount, handover.line_ids.is_live), (0, True)
        )

    def test_debts_of_others(self):
        other = self.env["res.partner"].create({"name": "Other"})
        foreign = self.receivable_lines(
            self.create_invoice(10, self.day(-60), self.day(-30), partner=other)
        )
        with self.assertRaisesRegex(ValidationError, "posted invoices of Customer"):
            self.prepare(foreign)
        with self.assertRaisesRegex(ValidationError, "an address of the customer"):
            self.prepare(recipient_id=other.id)

    def test_second_company(self):
        other = self.setup_other_company()["company"]
        handover = self.hand_over()
        stranger = self.new_user("stranger", "sale_collection.group_all_customers")
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self.handovers.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            handover.with_user(stranger).action_close()
        query = self.env["sale.collection.cover"]._get_unasked_sql(other, self.today)
        self.assertEqual(self.env.execute_query(query), [])

    def test_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("1900-01-01", 2.0)])
        invoice = self.create_invoice(
            1000, self.day(-60), self.day(-30), currency_id=currency.id
        )
        line = self.receivable_lines(invoice)
        handover = self.hand_over(line)
        self.assertRecordValues(
            handover.line_ids, [{"amount": 500, "amount_currency": 1000}]
        )
        self.assertEqual(handover._get_totals(), [(currency, 1000)])
        self.assertEqual(self.covered(), {line.id: (500, "handed")})
        self.pay(invoice, 400, date=self.today, currency_id=currency.id)
        self.env.cr.flush()
        self.env.invalidate_all()
        self.assertEqual((handover.amount_collected, handover.amount_open), (200, 300))
