from contextlib import suppress

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import CollectionCommon


@tagged("post_install", "-at_install")
class TestCodeWritten(CollectionCommon):
    """State and figures come from code, whatever a client sends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.controller = (
            new_test_user(
                cls.env,
                f"code {group}",
                groups=f"sale_collection.{group}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for group in ("group_user", "group_credit_controller")
        )
        cls.customer.user_id = cls.rep
        cls.invoice = cls.create_invoice(1000, "2026-01-01", "2026-01-31")
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.profile.sudo()._refresh()
        cls.reason = cls.env.ref("sale_collection.reason_cash_shortage")

    def make(self, model, values, user=None, **context):
        records = self.env[model].with_user(user or self.rep)
        return records.with_context(**context).create(values)

    def test_review_is_not_approved_by_its_context(self):
        values = {"partner_id": self.customer.id, "state": "approved"}
        review = self.make("sale.collection.review", values, default_state="approved")
        self.assertEqual(review.state, "draft")
        self.assertFalse(review.decided_by_id)
        copied = review.copy({"state": "approved"})
        self.assertEqual(copied.state, "draft")

    def test_review_is_not_approved_by_its_import(self):
        records = self.env["sale.collection.review"].with_user(self.rep)
        result = records.load(
            ["partner_id/.id", "state"], [[str(self.customer.id), "Approved"]]
        )
        self.assertEqual(records.browse(result["ids"]).state, "draft")

    def test_promise_keeps_its_figures(self):
        promise = self.make(
            "sale.collection.promise",
            {
                "profile_id": self.profile.id,
                "amount": 100,
                "date": self.company._get_next_working_day(
                    self.company._collection_today()
                ),
            },
            default_amount_received=100,
            default_fulfilment=1,
            default_level="3",
            default_state="kept",
        )
        self.assertEqual(promise.state, "draft")
        self.assertEqual(promise.amount_received, 0)
        self.assertEqual(promise.fulfilment, 0)

    def test_dispute_is_not_accepted_by_its_context(self):
        dispute = self.make(
            "sale.collection.dispute",
            {"profile_id": self.profile.id, "reason_id": self.reason.id},
            default_state="accepted",
        )
        self.assertEqual(dispute.state, "open")

    def test_write_off_is_of_the_one_who_asks(self):
        self.pay(self.invoice, 990)
        other = self.create_invoice(1000, "2026-01-01", "2026-01-31")
        request = self.make(
            "sale.collection.write.off",
            {
                "line_id": self.receivable_lines(self.invoice).id,
                "reason_id": self.reason.id,
                "user_id": self.rep.id,
            },
            self.controller,
            default_state="approved",
            default_decided_by_id=self.rep.id,
        )
        self.assertEqual(request.user_id, self.controller)
        self.assertEqual(request.state, "requested")
        self.assertFalse(request.decided_by_id)
        with suppress(AccessError):
            request.write(
                {"user_id": self.rep.id, "line_id": self.receivable_lines(other).id}
            )
        self.assertEqual(request.user_id, self.controller)
        self.assertEqual(request.line_id.move_id, self.invoice)
        self.assertEqual(request.amount, 10)

    def test_controller_does_not_write_figures_of_a_profile(self):
        profile = self.profile.with_user(self.controller)
        grade = profile.grade_id
        other = self.env["sale.collection.grade"].search([("id", "!=", grade.id)])[-1:]
        profile.write(
            {
                "grade_id": other.id,
                "score": 1000,
                "amount_overdue": 1,
                "payment_month_days": "10",
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(profile.grade_id, grade)
        self.assertEqual(profile.amount_overdue, 1000)
        self.assertNotEqual(profile.score, 1000)
        self.assertEqual(profile.payment_month_days, "10")

    def test_code_writes_them_in_superuser_mode(self):
        self.profile.sudo().score = 71
        self.assertEqual(self.profile.score, 71)

    def test_forms_send_what_they_show(self):
        """A field shown readonly and sent all the same stops no save."""
        view = self.env["ir.ui.view"].create(
            {
                "model": "sale.collection.dispute",
                "arch": """
                    <form>
                        <field name="profile_id"/>
                        <field name="reason_id"/>
                        <field name="date_closed" readonly="1" force_save="1"/>
                        <field name="note"/>
                    </form>""",
            }
        )
        disputes = self.env["sale.collection.dispute"].with_user(self.rep)
        with Form(disputes, view) as form:
            form.profile_id = self.profile.with_user(self.rep)
            form.reason_id = self.reason
            form.note = "Two pallets are missing"
        self.assertEqual(form.record.note, "Two pallets are missing")
        self.assertFalse(form.record.date_closed)

    def test_no_query_for_it(self):
        profile = self.profile.with_user(self.controller)
        vals = {"score": 5, "amount_overdue": 1}
        profile._strip_code_written(vals)
        profile.default_get(["score"])
        with self.assertQueryCount(0):
            profile._strip_code_written(vals)
            profile.with_context(default_score=5).default_get(["score"])
