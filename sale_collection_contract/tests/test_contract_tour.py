from odoo import Command
from odoo.tests import HttpCase, tagged

from .common import ContractCommon


@tagged("post_install", "-at_install")
class TestContractTour(ContractCommon, HttpCase):
    """A rep makes the plan of an order."""

    def test_rep_makes_a_plan(self):
        rep = self.new_user("contract_tour_rep", "sales_team.group_sale_salesman")
        terms = self.env["account.payment.term"].create(
            {
                "name": "30 / 70",
                "line_ids": [
                    Command.create({"value_amount": 30, "nb_days": 0}),
                    Command.create({"value_amount": 70, "nb_days": 30}),
                ],
            }
        )
        order = self.create_order(1000, user_id=rep.id, payment_term_id=terms.id)
        self.pay(self.bill_down(order, 300), date="2026-02-10")
        self.env.cr.flush()
        self.start_tour(
            f"/odoo/orders/{order.id}",
            "sale_collection_contract_plan",
            login="contract_tour_rep",
        )
        plan = order.collection_contract_line_ids
        self.assertEqual(plan.mapped("amount"), [300, 600, 100])
