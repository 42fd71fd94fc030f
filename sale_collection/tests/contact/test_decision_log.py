from datetime import date, timedelta

from odoo import Command, fields
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import format_date, mute_logger

from .common import ContactCommon


@tagged("post_install", "-at_install")
class TestDecisionLog(ContactCommon):
    """Who gave credit, time or money away: when, why, how much, asked by whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.decisions = cls.env["sale.collection.decision"]
        cls.auditor = cls.new_user(
            "log_auditor", "account.group_account_readonly,base.group_allow_export"
        )
        cls.collector = cls.new_user("log_all", "sale_collection.group_all_customers")
        cls.company.collection_write_off_account_id = cls.company_data[
            "default_account_expense"
        ]
        cls.today = fields.Date.today()

    def log(self, kind, user=None, partner=None):
        self.env.flush_all()
        self.cr.precommit.run()
        decisions = self.decisions.with_user(user or self.controller)
        decisions.invalidate_model()
        return decisions.search(
            [("kind", "=", kind), ("partner_id", "=", (partner or self.customer).id)]
        )

    def track(self, records, user):
        """Return records as a user changes them in the client, noted by core."""
        noted = {"tracking_disable": False, "mail_notrack": False}
        return records.with_user(user).with_context(**noted)

    def change_terms(self, reason="Parent stands in for it", **terms):
        dialog = Form(
            self.env["sale.collection.credit.terms"]
            .with_user(self.controller)
            .with_context(default_profile_id=self.profile.id)
        )
        for name, value in {**terms, "reason": reason}.items():
            setattr(dialog, name, value)
        dialog.save().action_apply()

    def test_credit_terms_with_amount_and_reason(self):
        self.change_terms(
            credit_policy="limit", credit_limit=800, temporary_limit=50, trust="bad"
        )
        found = {row.what.partition(":")[0]: row for row in self.log("terms")}
        self.assertEqual(
            {name: row.amount for name, row in found.items()},
            {
                "Credit limit": 800,
                "Credit policy": 0,
                "Temporary extra limit": 50,
                "Trust": 0,
            },
        )
        rows = self.decisions.union(*found.values())
        self.assertEqual(rows.user_id, self.controller)
        self.assertEqual(set(rows.mapped("reason")), {"Parent stands in for it"})
        self.assertEqual(set(rows.mapped("decided_on")), {self.today})
        limit = found["Credit limit"]
        self.assertIn(f"→ {self.company.currency_id.format(800)}", limit.what)
        self.assertEqual(limit.action_open()["res_id"], self.profile.id)
        self.change_terms(credit_limit=700)
        newest = self.log("terms").sorted("id")[-1:]
        amounts = map(self.company.currency_id.format, (800, 700))
        self.assertIn(" → ".join(amounts), newest.what)

    def test_terms_written_on_the_customer(self):
        self.customer.with_user(
            self.controller
        ).property_payment_term_id = self.pay_terms_b
        row = self.log("terms")
        self.assertEqual(len(row), 1)
        self.assertIn(self.pay_terms_b.display_name, row.what)
        self.assertEqual(row.user_id, self.controller)

    def test_proposal_and_review_say_who_asked_and_who_decided(self):
        review = (
            self.env["sale.collection.review"]
            .with_user(self.rep)
            .create(
                {
                    "partner_id": self.customer.id,
                    "proposed_credit": "limit",
                    "proposed_limit": 5000,
                }
            )
        )
        self.assertFalse(self.log("review").decided_on)
        review.with_user(self.controller).action_approve()
        row = self.log("review")
        self.assertRecordValues(
            row,
            [
                {
                    "amount": 5000,
                    "asked_by_id": self.rep.id,
                    "user_id": self.controller.id,
                    "decided_on": review.decided_on,
                }
            ],
        )

    def test_due_date_of_a_posted_invoice(self):
        line = self.receivable_lines(self.overdue)
        old, new = line.date_maturity, line.date_maturity + timedelta(days=40)
        self.track(line, self.accountant).date_maturity = new
        row = self.log("due_date")
        self.assertRecordValues(
            row,
            [
                {
                    "amount": 1000,
                    "document": self.overdue.name,
                    "user_id": self.accountant.id,
                    "decided_on": self.today,
                }
            ],
        )
        days = [format_date(self.env, day) for day in (old, new)]
        self.assertEqual(row.what, f"{' → '.join(days)}, not approved")
        extension = self.env["sale.collection.extension"].search(
            [("move_id", "=", self.overdue.id)]
        )
        self.assertEqual(row.action_open()["res_id"], extension.id)

    def test_money_entered_long_after_its_day(self):
        long_ago = self.today - timedelta(days=30)
        registered = self.env["account.payment.register"].with_user(self.accountant)
        for amount, day in ((400, long_ago), (100, self.today - timedelta(days=7))):
            registered.with_context(
                active_model="account.move", active_ids=self.overdue.ids
            ).create({"payment_date": day, "amount": amount})._create_payments()
        row = self.log("back_dated")
        self.assertRecordValues(
            row,
            [
                {
                    "amount": 400,
                    "date": long_ago,
                    "decided_on": self.today,
                    "user_id": self.accountant.id,
                }
            ],
        )
        self.assertIn(format_date(self.env, long_ago), row.what)
        # Undone money is no decision any more.
        payment = self.env["account.payment"].search([("move_id", "=", row.res_id)])
        payment.action_draft()
        self.assertFalse(self.log("back_dated"))

    def test_rest_written_off_by_two(self):
        self.pay(self.overdue, 960, date=self.today)
        self.env.cr.flush()
        request = (
            self.env["sale.collection.write.off"]
            .with_user(self.rep)
            .create(
                {
                    "line_id": self.receivable_lines(self.overdue).id,
                    "reason_id": self.price.id,
                    "note": "Not worth a letter",
                }
            )
        )
        self.assertFalse(self.log("write_off"))
        request.with_user(self.controller).action_approve()
        self.assertRecordValues(
            self.log("write_off"),
            [
                {
                    "amount": 40,
                    "asked_by_id": self.rep.id,
                    "user_id": self.controller.id,
                    "reason": f"{self.price.name}: Not worth a letter",
                    "what": f"Rest of {self.overdue.name}",
                }
            ],
        )

    def test_rest_written_off_with_a_payment(self):
        self.env["account.payment.register"].with_user(self.accountant).with_context(
            active_model="account.move", active_ids=self.overdue.ids
        ).create(
            {
                "payment_date": self.today,
                "amount": 995,
                "payment_difference_handling": "reconcile",
                "writeoff_account_id": self.company_data["default_account_expense"].id,
            }
        )._create_payments()
        self.assertRecordValues(
            self.log("write_off"),
            [{"amount": 5, "asked_by_id": False, "user_id": self.accountant.id}],
        )

    def test_dispute_accepted(self):
        dispute = self.create_dispute(300, user=self.rep, note="Wrong price")
        self.assertFalse(self.log("dispute"))
        self.track(dispute, self.controller).action_accept()
        row = self.log("dispute")
        self.assertRecordValues(
            row,
            [
                {
                    "amount": 300,
                    "what": self.price.name,
                    "reason": "Wrong price",
                    "asked_by_id": self.rep.id,
                    "user_id": self.controller.id,
                    "decided_on": dispute.date_closed,
                }
            ],
        )
        self.track(dispute, self.controller).action_reject()
        self.assertFalse(self.log("dispute"))

    # === WHO SEES IT ===#

    def test_read_by_those_who_decide_or_audit(self):
        self.change_terms(credit_policy="limit", credit_limit=800)
        self.track(self.create_dispute(300), self.controller).action_accept()
        for kind in ("terms", "dispute"):
            for user in (self.rep, self.collector):
                self.assertFalse(self.log(kind, user), user.login)
            for user in (self.controller, self.accountant, self.auditor):
                rows = self.log(kind, user)
                self.assertTrue(rows and all(rows.mapped("what")), user.login)

    def test_other_company(self):
        self.change_terms(credit_policy="limit", credit_limit=800)
        other = self.setup_other_company()["company"]
        self.auditor.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertFalse(self.log("terms", self.auditor))

    def test_a_branch_reads_terms_of_the_customer_but_no_entries(self):
        self.change_terms(credit_policy="limit", credit_limit=800)
        self.test_rest_written_off_with_a_payment()
        branch = self.env["res.company"].sudo()
        branch = branch.create({"name": "Branch", "parent_id": self.company.id})
        self.auditor.write(
            {"company_ids": [Command.set(branch.ids)], "company_id": branch.id}
        )
        self.assertTrue(self.log("terms", self.auditor))
        self.assertFalse(self.log("write_off", self.auditor))
        self.auditor.company_ids |= self.company
        self.assertEqual(self.log("write_off", self.auditor).amount, 5)

    def test_days_are_those_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2026-02-28 23:00:00"):
            self.change_terms(credit_policy="limit", credit_limit=800)
            days = set(self.log("terms").mapped("decided_on"))
        self.assertEqual(days, {date(2026, 3, 1)})

    # === EXPORT ===#

    def test_export_and_sums_by_person_and_month(self):
        self.change_terms(credit_policy="limit", credit_limit=800)
        rows = self.log("terms", self.auditor).filtered("amount")
        names = ["decided_on", "kind", "what", "reason", "amount", "user_id/name"]
        [exported] = rows.export_data(names)["datas"]
        self.assertEqual(exported[1], "Credit terms changed")
        self.assertEqual(
            exported[3:], ["Parent stands in for it", 800, self.controller.name]
        )
        [group] = self.decisions.with_user(self.auditor).formatted_read_group(
            [("id", "in", rows.ids)], ["user_id", "decided_on:month"], ["amount:sum"]
        )
        self.assertEqual(group["amount:sum"], 800)
        self.assertEqual(group["user_id"][0], self.controller.id)

    @mute_logger("odoo.models.unlink")
    def test_queries_do_not_grow(self):
        names = {"what": {}, "reason": {}, "amount": {}, "user_id": {}}

        def count():
            self.env.flush_all()
            self.cr.precommit.run()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.decisions.with_user(self.controller).web_search_read([], names)
            return self.cr.sql_log_count - before

        long_ago = self.today - timedelta(days=30)

        def decide():
            invoice = self.create_invoice(100)
            line = self.track(self.receivable_lines(invoice), self.accountant)
            line.date_maturity = self.today
            self.pay(invoice, 50, date=long_ago)
            self.change_terms(credit_policy="limit", credit_limit=invoice.id)
            self.track(
                self.create_dispute(10, invoice), self.controller
            ).action_accept()

        decide()
        count()
        few = count()
        for _number in range(3):
            decide()
        self.assertLessEqual(count(), few)
