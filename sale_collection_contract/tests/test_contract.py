from datetime import date

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common import ContractCommon


@freeze_time("2026-03-01")
@tagged("post_install", "-at_install")
class TestContract(ContractCommon):
    """What was invoiced and what came, over the parts of a plan."""

    def test_down_payment_and_rest(self):
        order = self.sell(1000)
        self.assertEqual(self.read_plan(order), [(300, 0, 0), (600, 0, 0), (100, 0, 0)])
        down = self.bill_down(order, 450)
        self.pay(down, 350, date="2026-02-10")
        self.assertEqual(
            self.read_plan(order), [(300, 300, 300), (600, 150, 50), (100, 0, 0)]
        )
        self.assertEqual(
            self.read_plan(order, "state", "amount_gap", "amount_to_invoice"),
            [("collected", 0, 0), ("to_invoice", 550, 450), ("later", 100, 100)],
        )
        self.assertSameInLists(order)
        self.pay(self.bill_all(order), date="2026-02-20")
        self.assertEqual(
            self.read_plan(order), [(300, 300, 300), (600, 600, 600), (100, 100, 0)]
        )
        self.assertEqual(
            self.read_plan(order, "state"), ["collected", "collected", "to_collect"]
        )
        self.pay(down, date="2026-02-21")
        self.assertEqual(self.read_plan(order, "state"), ["collected"] * 3)
        self.assertSameInLists(order)

    def test_a_part_that_waits_past_its_day_is_covered_last(self):
        """600 planned for 1 February wait for something: 400 are for what is due."""
        order = self.sell(plan=False)
        waiting, _due = self.plan(order, (0.6, "2026-02-01"), (0.4, "2026-02-10"))
        waiting.sudo().due_date = False
        self.pay(self.bill_down(order, 400), date="2026-02-10")
        self.assertEqual(self.read_plan(order), [(600, 0, 0), (400, 400, 400)])
        self.assertEqual(self.read_plan(order, "state"), ["later", "collected"])
        self.assertSameInLists(order)
        self.pay(self.bill_down(order, 100), 50, date="2026-02-11")
        self.assertEqual(self.read_plan(order), [(600, 100, 50), (400, 400, 400)])
        self.assertSameInLists(order)

    def test_drafts_and_quotations_count_for_nothing(self):
        order = self.sell(1000)
        self.bill(order)
        self.assertEqual(self.read_plan(order, "amount_invoiced"), [0, 0, 0])
        self.assertSameInLists(order)

    def test_credit_note_and_money_paid_back(self):
        order = self.sell(1000)
        invoice = self.bill_all(order)
        self.pay(invoice, date="2026-02-10")
        credit = invoice._reverse_moves([{"invoice_date": "2026-02-15"}])
        credit.write({"date": "2026-02-15"})
        credit.invoice_line_ids.price_unit = 200
        credit.action_post()
        self.assertEqual(
            self.read_plan(order),
            [(300, 300, 300), (600, 500, 600), (100, 0, 100)],
        )
        self.pay(credit, date="2026-02-20")
        self.assertEqual(
            self.read_plan(order), [(300, 300, 300), (600, 500, 500), (100, 0, 0)]
        )
        self.assertSameInLists(order)

    def test_credit_note_is_no_money(self):
        order = self.sell(1000)
        invoice = self.bill_all(order)
        credit = invoice._reverse_moves([{"invoice_date": "2026-02-15"}])
        credit.write({"date": "2026-02-15"})
        credit.invoice_line_ids.price_unit = 400
        credit.action_post()
        self.match(invoice, credit)
        self.pay(invoice, date="2026-02-20")
        self.assertEqual(
            self.read_plan(order), [(300, 300, 300), (600, 300, 300), (100, 0, 0)]
        )

    def test_several_orders_on_one_invoice(self):
        small, large = self.sell(250), self.sell(750)
        invoice = self.bill_all(small | large)
        self.assertEqual(len(invoice), 1)
        self.pay(invoice, 100, date="2026-02-10")
        self.assertEqual(
            self.read_plan(small), [(75, 75, 25), (150, 150, 0), (25, 25, 0)]
        )
        self.assertEqual(
            self.read_plan(large), [(225, 225, 75), (450, 450, 0), (75, 75, 0)]
        )
        self.assertSameInLists(small | large)

    def test_parts_of_a_cent(self):
        orders = self.sell(10) | self.sell(10) | self.sell(10)
        self.pay(self.bill_all(orders), 10, date="2026-02-10")
        for order in orders:
            self.assertEqual(sum(self.read_plan(order, "amount_collected")), 3.33)
        self.assertSameInLists(orders)

    def test_foreign_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.5)])
        prices = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        order = self.sell(1000, pricelist_id=prices.id)
        self.assertEqual(order.currency_id, euro)
        invoice = self.bill_all(order)
        # 800 of the company's money are 400 euros
        self.pay(
            invoice, 800, date="2026-02-10", currency_id=self.company.currency_id.id
        )
        self.assertEqual(
            self.read_plan(order), [(300, 300, 300), (600, 600, 100), (100, 100, 0)]
        )
        self.assertSameInLists(order)

    def test_two_currencies_have_no_sum_of_their_own(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.5)])
        prices = self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": euro.id}
        )
        orders = self.sell(1000) | self.sell(1000, pricelist_id=prices.id)
        mine = [("order_id", "in", orders.ids)]
        [[mixed, planned]] = self.lines._read_group(
            mine, [], ["amount_gap:sum", "amount_gap:sum_currency"]
        )
        self.assertFalse(mixed)
        self.assertEqual(planned, 3000)

    def test_invoice_in_another_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2025-01-01", 0.5)])
        order = self.sell(1000)
        invoice = self.bill(order)
        invoice.currency_id = euro
        invoice.invoice_line_ids.price_unit = 300  # 600 of the order's currency
        self.pay(self.post(invoice), date="2026-02-10")
        self.assertEqual(
            self.read_plan(order), [(300, 300, 300), (600, 300, 300), (100, 0, 0)]
        )

    def test_money_counts_from_its_day(self):
        order = self.sell(1000)
        invoice = self.bill_all(order)
        self.pay(invoice, 500, date="2026-03-02")
        self.assertEqual(self.read_plan(order, "amount_collected"), [0, 0, 0])
        self.assertEqual(invoice.amount_residual, 500)
        self.assertSameInLists(order)
        with freeze_time("2026-03-02"):
            self.assertEqual(self.read_plan(order, "amount_collected"), [300, 200, 0])
            self.assertSameInLists(order)

    def test_undone_money_is_gone(self):
        order = self.sell(1000)
        payment = self.pay(self.bill_all(order), 500, date="2026-02-10")
        self.assertEqual(self.read_plan(order, "amount_collected"), [300, 200, 0])
        payment.action_draft()
        self.assertEqual(self.read_plan(order, "amount_collected"), [0, 0, 0])

    def test_more_than_planned_stays_outside(self):
        order = self.create_order(1000)
        self.plan(order, (0.3, "2026-01-15"))
        self.pay(self.bill_all(order), 500, date="2026-02-10")
        self.assertEqual(self.read_plan(order), [(300, 300, 300)])
        note = order.collection_contract_note
        money = self.company.currency_id.format
        self.assertIn(f"Not planned: {money(700)}.", note)
        self.assertIn(f"Invoiced outside the plan: {money(700)}.", note)
        self.assertIn(f"Collected outside the plan: {money(200)}.", note)
        self.assertFalse(order.collection_contract_misfits)

    def test_dragged_parts_come_in_their_new_order(self):
        order = self.sell(1000)
        self.bill_down(order, 450)
        first, second, third = order.collection_contract_line_ids
        (third | first | second).mapped("number")
        third.sequence, first.sequence, second.sequence = 1, 2, 3
        self.assertEqual(
            self.read_plan(order, "name", "number", "amount_invoiced"),
            [("Part 3", 1, 100), ("Part 1", 2, 300), ("Part 2", 3, 50)],
        )
        self.assertSameInLists(order)

    def test_states_are_found_and_counted(self):
        order = self.sell(1000)
        self.pay(self.bill_down(order, 300), date="2026-02-10")
        self.settle()
        mine = [("order_id", "=", order.id)]
        for state, count in (("collected", 1), ("to_invoice", 1), ("later", 1)):
            found = self.lines.search([*mine, ("state", "=", state)])
            self.assertEqual(len(found), count, state)
        found = self.lines.search([*mine, ("state", "not in", ("later", "collected"))])
        self.assertEqual(found.name, "Part 2")
        overdue = [*mine, ("date", "<", date(2026, 3, 15)), ("amount_gap", ">", 0)]
        self.assertEqual(self.lines.search(overdue).name, "Part 2")
        groups = self.lines.formatted_read_group(
            mine, ["state"], ["__count", "amount_gap:sum"]
        )
        self.assertEqual(
            {group["state"]: group["amount_gap:sum"] for group in groups},
            {"collected": 0, "to_invoice": 600, "later": 100},
        )

    def test_sums_by_order_and_responsible(self):
        orders = self.sell(1000) | self.sell(500)
        self.pay(self.bill_down(orders[0], 400), date="2026-02-10")
        self.settle()
        rows = self.lines._read_group(
            [("order_id", "in", orders.ids)],
            ["order_id"],
            ["amount:sum", "amount_invoiced:sum", "amount_collected:sum"],
        )
        self.assertEqual(
            {order: [float(one) for one in rest] for order, *rest in rows},
            {orders[0]: [1000, 400, 400], orders[1]: [500, 0, 0]},
        )
        rows = self.lines._read_group(
            [("order_id", "in", orders.ids)], ["user_id"], ["amount_gap:sum"]
        )
        gaps = [(user, float(gap)) for user, gap in rows]
        self.assertEqual(gaps, [(orders.user_id, 1100)])

    def count_queries(self, orders, read):
        self.settle()
        before = self.env.cr.sql_log_count
        read(orders)
        return self.env.cr.sql_log_count - before

    def test_as_many_queries_for_one_order_as_for_twenty(self):
        orders = self.env["sale.order"].union(*(self.sell(1000) for _one in range(20)))
        invoices = [self.bill_down(order, 400) for order in orders[:6]]
        self.pay(self.env["account.move"].union(*invoices), date="2026-02-10")

        def read_list(orders):
            self.lines.web_search_read(
                [("order_id", "in", orders.ids), ("amount_gap", ">", 0)],
                {
                    "number": {},
                    "amount_invoiced": {},
                    "state": {},
                    "display_name": {},
                    "order_id": {"fields": {"display_name": {}}},
                },
                limit=80,
            )

        def read_pivot(orders):
            self.lines.formatted_read_group(
                [("order_id", "in", orders.ids)],
                ["user_id", "date:month"],
                ["amount:sum", "amount_invoiced:sum", "amount_gap:sum"],
            )

        for read in (read_list, read_pivot):
            read(orders)
            few = self.count_queries(orders[:1], read)
            self.assertEqual(self.count_queries(orders, read), few)
            self.assertLess(few, 25)

    def test_other_company(self):
        theirs = self.setup_other_company()["company"]
        order = self.sell(1000)
        user = self.new_user("there", "sales_team.group_sale_manager")
        user.write({"company_ids": [Command.set(theirs.ids)], "company_id": theirs.id})
        self.assertFalse(self.lines.with_user(user).search([("amount_gap", ">", 0)]))
        with self.assertRaises(AccessError):
            order.collection_contract_line_ids.with_user(user).read(["amount"])
