from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon

from ..tools.recovery import SPANS, Seen

TODAY = date(2026, 7, 15)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestRecovery(CollectionCommon):
    def curve(self, company=None):
        self.env.cr.flush()
        return (company or self.company)._get_recovery_curve(TODAY)

    def create_due(self, days_ago, amount=100, **values):
        """Return an invoice that fell due on a working day so many days ago."""
        due = self.company._get_next_working_day(TODAY - timedelta(days_ago))
        return self.create_invoice(amount, str(due - timedelta(30)), str(due), **values)

    def test_assumed_before_own_data(self):
        curve = self.curve()
        self.assertEqual({band.basis for band in curve}, {"assumed"})
        self.assertEqual([band.recovered for band in curve], [0.8] * 6 + [0.2])

    def test_learnt_from_the_ledger(self):
        for number in range(12):
            invoice = self.create_due(50)
            if number < 6:
                self.pay(invoice, date=str(invoice.invoice_date_due + timedelta(10)))
        # Paid before it was overdue, not yet through the band, and credited in it.
        early = self.create_due(50)
        self.pay(early, date=str(early.invoice_date_due - timedelta(5)))
        self.create_due(20)
        credited = self.create_due(50)
        note = self.create_invoice(
            100,
            str(credited.invoice_date_due + timedelta(5)),
            None,
            move_type="out_refund",
        )
        self.match(credited, note)
        first, second = self.curve()[:2]
        self.assertEqual(first.seen, Seen(13, 1300, 600, 100))
        self.assertEqual(first.basis, "partly")
        self.assertAlmostEqual(first.share, 6 / 13)
        self.assertAlmostEqual(first.recovered, 6 / 13 + 6 / 13 * 0.8)
        self.assertEqual(second.basis, "assumed")

    def test_money_given_back_has_not_come(self):
        invoice = self.create_due(50)
        payment = self.pay(invoice, date=str(invoice.invoice_date_due + timedelta(10)))
        payment.action_draft()
        self.assertEqual(self.curve()[0].seen, Seen(1, 100, 0, 0))

    def test_trade_history_teaches_too(self):
        due = TODAY - timedelta(400)
        self.env["sale.collection.history"].create(
            [
                {
                    "partner_id": self.customer.id,
                    "invoice_ref": f"H{number}",
                    "invoice_date": due - timedelta(30),
                    "due_date": due,
                    "paid_date": due + timedelta(100),
                    "amount": 10,
                }
                for number in range(10)
            ]
        )
        seen = [band.seen for band in self.curve()]
        self.assertEqual(seen[2], Seen(10, 100, 0, 0))
        self.assertEqual(seen[3], Seen(10, 100, 100, 0))
        self.assertEqual(seen[4], Seen())

    def test_customers_not_chased_are_left_out(self):
        profile = self.env["sale.collection.profile"]._for(self.customer)
        paid = self.create_due(50)
        self.pay(paid, date=str(paid.invoice_date_due + timedelta(10)))
        self.create_due(50)
        self.assertEqual(self.curve()[0].seen.amount, 200)
        profile.sudo().write({"excluded": True, "excluded_reason": "Sister company"})
        self.assertEqual(self.curve()[0].seen, Seen())

    def test_other_company_learns_nothing_from_ours(self):
        self.create_due(50)
        other = self.setup_other_company()["company"]
        self.assertEqual(self.curve(other)[0].seen, Seen())

    def test_one_query(self):
        self.create_due(50)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.company._get_recovery_curve(TODAY)

    def test_report_shows_the_curve_and_its_money(self):
        for _number in range(12):
            invoice = self.create_due(50)
            self.pay(invoice, 60, str(invoice.invoice_date_due + timedelta(10)))
        self.env.cr.flush()
        user = self.new_user("reader", "sale_collection.group_all_customers")
        rows = self.env["sale.collection.recovery"].with_user(user).search([])
        self.assertEqual(len(rows), len(SPANS))
        first = rows[0]
        self.assertEqual((first.amount, first.money, first.gone), (1200, 720, 0))
        self.assertEqual((first.band, first.basis), ("1", "partly"))
        self.assertAlmostEqual(first.share, 0.6)
        self.assertAlmostEqual(first.recovered, 0.6 + 0.4 * 0.8)
        self.assertIs(rows[1].share, False)
        action = first.action_open_money()
        money = self.env[action["res_model"]].with_user(user).search(action["domain"])
        self.assertEqual(sum(money.mapped("amount")), first.money)
        groups = rows.formatted_read_group([], ["band"], ["recovered:avg"])
        self.assertAlmostEqual(groups[0]["recovered:avg"], first.recovered)
        [total] = rows.formatted_read_group([], [], ["recovered:avg", "money:sum"])
        self.assertFalse(total["recovered:avg"])
        self.assertEqual(total["money:sum"], 720)
