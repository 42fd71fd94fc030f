from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestBounce(CollectionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.new_user("clerk", "account.group_account_invoice")

    def bounce(self, payment, **values):
        wizard = Form(
            self.env["sale.collection.bounce.register"]
            .with_user(self.clerk)
            .with_context(default_payment_id=payment.id)
        )
        for name, value in {"date": "2026-02-15", **values}.items():
            setattr(wizard, name, value)
        action = wizard.save().action_confirm()
        return self.env["sale.collection.bounce"].browse(action["res_id"])

    def test_bounce_opens_the_invoice_again(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice)
        bounce = self.bounce(payment, reason="stopped")
        self.assertEqual(payment.state, "rejected")
        self.assertEqual(invoice.amount_residual, 1000)
        self.assertKinds(invoice, {})
        self.assertEqual(
            bounce.reversal_move_id.date, fields.Date.to_date("2026-02-15")
        )
        self.assertTrue(
            all(self.receivable_lines(payment.move_id).mapped("reconciled"))
        )
        self.assertRecordValues(
            bounce,
            [
                {
                    "partner_id": self.customer.id,
                    "amount": 1000.0,
                    "reason": "stopped",
                    "fee": 0.0,
                    "fee_move_id": False,
                }
            ],
        )

    def test_fee_goes_on_a_draft_invoice(self):
        payment = self.pay(self.create_invoice(1000))
        bounce = self.bounce(payment, fee=12.5)
        self.assertRecordValues(
            bounce.fee_move_id,
            [
                {
                    "state": "draft",
                    "amount_total": 12.5,
                    "partner_id": self.customer.id,
                }
            ],
        )

    def test_undo(self):
        invoice = self.create_invoice(1000)
        payment = self.pay(invoice)
        bounce = self.bounce(payment, fee=10)
        bounce.with_user(self.clerk).action_undo()
        self.assertFalse(bounce.exists())
        self.assertIn(payment.state, ("in_process", "paid"))
        self.assertEqual(invoice.amount_residual, 0)
        self.assertKinds(invoice, {"cash": 1000.0})

    def test_payment_without_entry(self):
        payment = self.pay(self.create_invoice(1000))
        payment.action_draft()
        payment.move_id.unlink()
        payment.write({"outstanding_account_id": False, "state": "in_process"})
        self.bounce(payment)
        self.assertEqual(payment.state, "rejected")

    def test_bad_input(self):
        payment = self.pay(self.create_invoice(1000))
        with self.assertRaisesRegex(ValidationError, "Date: the payment is of"):
            self.bounce(payment, date="2026-02-09")
        with self.assertRaisesRegex(ValidationError, "Fee: enter zero or more"):
            self.bounce(payment, fee=-1)
        self.bounce(payment)
        with self.assertRaisesRegex(ValidationError, "cannot bounce"):
            self.bounce(payment)

    def test_supplier_payment_cannot_bounce(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "supplier",
                "partner_id": self.customer.id,
                "amount": 10,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        self.assertFalse(payment.collection_can_bounce)

    def test_nobody_records_a_bounce_without_its_payment(self):
        payment = self.pay(self.create_invoice(1000))
        values = {
            "company_id": self.company.id,
            "payment_id": payment.id,
            "partner_id": self.customer.id,
            "date": "2026-02-15",
            "reason": "funds",
        }
        bounces = self.env["sale.collection.bounce"].with_user(self.clerk)
        with self.assertRaises(AccessError):
            bounces.create(values)
        with self.assertRaises(AccessError):
            self.bounce(payment).with_user(self.clerk).unlink()

    def test_payment_of_nobody_cannot_bounce(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "amount": 10,
                "journal_id": self.bank_journal.id,
            }
        )
        payment.action_post()
        with self.assertRaisesRegex(ValidationError, "cannot bounce"):
            self.env["sale.collection.bounce"]._bounce(payment, payment.date, "funds")

    def test_rejected_payment_is_reported(self):
        payment = self.pay(self.create_invoice(1000))
        payment.action_reject()
        found = self.receipts.sudo()._audit()
        self.assertEqual(
            [(row["difference"], row["payment_id"]) for row in found],
            [("rejected_payment", payment.id)],
        )
