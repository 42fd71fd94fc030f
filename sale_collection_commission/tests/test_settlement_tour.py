from datetime import timedelta

from odoo.tests import HttpCase, tagged

from odoo.addons.sale_collection.tests.clicks import count_clicks

from .settlement_common import SettlementCommon

TOURS = "sale_collection_commission/static/tests/tours/settlement.js"


@tagged("post_install", "-at_install")
class TestSettlementTour(SettlementCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        today = cls.company._collection_today()
        cls.last_month = today.replace(day=1) - timedelta(1)

    def earn(self, amount):
        """Return an invoice paid in the month before this one."""
        date = self.last_month.replace(day=1)
        return self.sell(amount, date=date, due=self.last_month, paid=self.last_month)

    def test_manager(self):
        self.earn(1000)
        self.env["account.bank.statement.line"].create(
            {
                "journal_id": self.bank_journal.id,
                "date": self.last_month,
                "payment_ref": "Unknown",
                "amount": 150,
            }
        )
        self.env.cr.flush()
        self.start_tour(
            "/odoo/action-sale_collection_commission.settlement_prepare_action",
            "sale_collection_settlement_manager",
            login=self.manager.login,
        )
        settlement = self.settlements.search([])
        self.assertRecordValues(
            settlement,
            [{"state": "paid", "amount_payable": 120, "user_id": self.rep.id}],
        )

    def test_four_clicks_settle_a_month(self):
        self.earn(1000)
        date = self.last_month.replace(day=1)
        self.sell(
            500,
            self.other_rep,
            date=date,
            due=self.last_month,
            paid=self.last_month,
        )
        self.env.cr.flush()
        tour = "sale_collection_settlement_four_clicks"
        self.start_tour("/odoo/settlements", tour, login=self.manager.login)
        settlements = self.settlements.search([])
        self.assertEqual(settlements.user_id, self.rep | self.other_rep)
        self.assertEqual(set(settlements.mapped("state")), {"confirmed"})
        self.assertLessEqual(count_clicks(TOURS, tour), 4)

    def test_rep(self):
        self.earn(1000)
        self.sell(70)
        self.sell(70, self.other_rep)
        self.env.cr.flush()
        period = self.last_month.replace(day=1), self.last_month
        settlement = self.settlements._prepare(self.rep, *period)
        settlement.action_confirm()
        self.start_tour(
            "/odoo/action-sale_collection_commission.settlement_action",
            "sale_collection_settlement_rep",
            login=self.rep.login,
        )
        self.assertEqual(settlement.rep_state, "accepted")
        self.assertEqual(settlement.question_ids.text, "Why not more?")
