from datetime import date

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import ContractCommon


@freeze_time("2026-03-01")
@tagged("post_install", "-at_install")
class TestContractPlan(ContractCommon):
    """Parts of a plan: what fits, what follows the order, where they come from."""

    # === WHAT FITS ===#

    def test_percents_make_the_total_to_the_cent(self):
        order = self.create_order(100)
        self.plan(order, *[(1 / 3, f"2026-0{month}-01") for month in (1, 2, 3)])
        self.assertEqual(self.read_plan(order, "amount"), [33.33, 33.34, 33.33])
        self.assertFalse(order.collection_contract_note)

    def test_over_100_percent_is_refused_by_name(self):
        order = self.sell(1000)
        with self.assertRaisesRegex(
            ValidationError, r"comes to 110.00 % of 100 %: part 4, Retention"
        ):
            self.lines.create(
                {"order_id": order.id, "name": "Retention", "percent": 0.1}
                | {"sequence": 20}
            )
        with self.assertRaisesRegex(ValidationError, "part 3, Part 3"):
            order.collection_contract_line_ids[2].percent = 0.2

    def test_over_the_total_is_refused_by_name(self):
        order = self.create_order(1000)
        plan = self.plan(order, (0.5, "2026-01-15"), (500, "2026-02-15"))
        with self.assertRaisesRegex(ValidationError, "1,000.01 of .*1,000.00.*Part 2"):
            plan[1].amount = 500.01
        with self.assertRaisesRegex(ValidationError, "Part 2: enter a percent or an"):
            plan[1].amount = 0
        with self.assertRaisesRegex(ValidationError, "Part 2: enter a percent or an"):
            plan[1].amount = -5

    def test_a_part_goes_by_percent_or_by_amount(self):
        order = self.create_order(1000)
        [line] = self.plan(order, (0.5, "2026-01-15"))
        line.amount = 200
        self.assertEqual((line.percent, line.amount), (0, 200))
        line.write({"percent": 0.3, "amount": 700})
        self.assertEqual((line.percent, line.amount), (0.3, 300))

    def test_parts_change_places_in_one_save(self):
        order = self.create_order(1000)
        first, second = self.plan(order, (0.3, "2026-01-15"), (0.7, "2026-02-15"))
        order.collection_contract_line_ids = [
            Command.update(first.id, {"percent": 0.7}),
            Command.update(second.id, {"percent": 0.3}),
        ]
        self.assertEqual(self.read_plan(order, "amount"), [700, 300])

    def test_plan_and_lines_in_one_save(self):
        order = self.create_order(1000, confirm=False)
        [line] = self.plan(order, (1000, "2026-01-15"))
        # The plan first, as a browser may send it.
        order.write(
            {
                "collection_contract_line_ids": [
                    Command.update(line.id, {"amount": 1200})
                ],
                "order_line": [
                    Command.update(order.order_line.id, {"price_unit": 1200})
                ],
            }
        )
        self.assertEqual((line.amount, order.amount_total), (1200, 1200))

    def test_a_new_order_comes_with_its_plan(self):
        part = {"name": "Deposit", "percent": 0.3, "date": "2026-01-15"}
        order = self.create_order(
            1000, collection_contract_line_ids=[Command.create(part)]
        )
        self.assertEqual(self.read_plan(order, "amount"), [300])
        with self.assertRaisesRegex(ValidationError, "part 1, Deposit"):
            self.create_order(
                1000,
                collection_contract_line_ids=[
                    Command.create({"name": "Deposit", "amount": 1001})
                ],
            )

    def test_a_plan_by_default_is_judged_too(self):
        parts = [{"name": "Deposit", "percent": 0.6}, {"name": "Rest", "percent": 0.5}]
        plan = [Command.create(part) for part in parts]
        orders = self.env["sale.order"].with_context(
            default_collection_contract_line_ids=plan
        )
        line = {"product_id": self.goods.id, "price_unit": 1000, "tax_ids": []}
        with self.assertRaisesRegex(
            ValidationError, r"comes to 110.00 % of 100 %: part 2, Rest"
        ):
            orders.create(
                {
                    "partner_id": self.customer.id,
                    "order_line": [Command.create(line)],
                }
            )

    def test_total_changes(self):
        order = self.create_order(1000)
        self.plan(order, (0.3, "2026-01-15"), (700, "2026-02-15"))
        order.order_line.price_unit = 2000
        self.assertEqual(self.read_plan(order, "amount"), [600, 700])
        money = self.company.currency_id.format
        self.assertEqual(order.collection_contract_note, f"Not planned: {money(700)}.")
        order.order_line.price_unit = 800
        self.assertEqual(self.read_plan(order, "amount"), [240, 700])
        self.assertTrue(order.collection_contract_misfits)
        self.assertEqual(
            order.collection_contract_note,
            f"The collection plan comes to {money(940)} of {money(800)}: part 2, "
            "Part 2, no longer fits.",
        )
        # What does not touch amounts is still written, on the order as on its plan.
        order.client_order_ref = "C-1"
        order.collection_contract_line_ids[1].date = "2026-05-01"

    def test_two_tabs_an_hour_apart(self):
        order = self.create_order(1000)
        self.plan(order, (0.5, "2026-01-15"))
        part = {"name": "Delivery", "percent": 0.5, "date": "2026-02-15"}
        order.write({"collection_contract_line_ids": [Command.create(part)]})
        # The second tab was opened before, and shows half of the order as free.
        with self.assertRaisesRegex(ValidationError, "comes to 150.00 % of 100 %"):
            order.write({"collection_contract_line_ids": [Command.create(part)]})
        with self.assertRaisesRegex(UserError, "has a collection plan already"):
            order.action_plan_from_terms()

    # === WHERE IT COMES FROM ===#

    def create_terms(self, *lines):
        return self.env["account.payment.term"].create(
            {
                "name": "Contract",
                "line_ids": [
                    Command.create(
                        {"value": kind, "value_amount": amount, "nb_days": days}
                    )
                    for kind, amount, days in lines
                ],
            }
        )

    def test_from_payment_terms(self):
        terms = self.create_terms(
            ("percent", 30, 0), ("percent", 60, 30), ("percent", 10, 365)
        )
        order = self.create_order(
            1000, date_order="2026-01-10 08:00:00", payment_term_id=terms.id
        )
        order.date_order = "2026-01-10 08:00:00"
        order.action_plan_from_terms()
        self.assertEqual(
            self.read_plan(order, "name", "percent", "amount", "date"),
            [
                ("Instalment 1", 0.3, 300, date(2026, 1, 10)),
                ("Instalment 2", 0.6, 600, date(2026, 2, 9)),
                ("Instalment 3", 0.1, 100, date(2027, 1, 10)),
            ],
        )

    def test_from_payment_terms_with_a_fixed_amount(self):
        terms = self.create_terms(("fixed", 150, 0), ("percent", 100, 30))
        order = self.create_order(1000, payment_term_id=terms.id)
        order.action_plan_from_terms()
        self.assertEqual(
            self.read_plan(order, "percent", "amount"), [(0, 150), (0, 850)]
        )

    def test_without_payment_terms(self):
        order = self.create_order(1000, payment_term_id=False)
        with self.assertRaisesRegex(UserError, "Choose payment terms"):
            order.action_plan_from_terms()

    def test_copy_from_another_order(self):
        source = self.sell(1000)
        source.date_order = "2026-01-10 08:00:00"
        order = self.create_order(500, confirm=False, date_order="2026-01-20 08:00:00")
        with Form(order) as form:
            form.collection_contract_source_id = source
        self.assertEqual(
            self.read_plan(order, "name", "amount", "date"),
            [
                ("Part 1", 150, date(2026, 1, 25)),
                ("Part 2", 300, date(2026, 3, 11)),
                ("Part 3", 50, date(2026, 4, 10)),
            ],
        )
        self.assertFalse(source.copy().collection_contract_line_ids)

    def test_import(self):
        order = self.create_order(1000)
        names = ["order_id", "name", "percent", "amount", "date"]
        rows = [
            [order.name, "Deposit", "0.3", "", "2026-01-15"],
            [order.name, "Delivery", "", "700", "2026-02-15"],
        ]
        found = self.lines.load(names, rows)
        self.assertFalse(found["messages"])
        self.assertEqual(self.read_plan(order, "amount"), [300, 700])
        found = self.lines.load(names, [[order.name, "More", "0.1", "", "2026-03-15"]])
        self.assertIn("More", found["messages"][0]["message"])

    # === THE FORM ===#

    def test_form_shows_figures_of_what_is_not_saved(self):
        order = self.create_order(1000)
        self.pay(self.bill_all(order), 450, date="2026-02-10")
        self.settle()
        with Form(order) as form:
            for percent in (0.3, 0.6):
                with form.collection_contract_line_ids.new() as line:
                    line.name = "Part"
                    line.percent = percent
                    line.date = "2026-02-01"
                    self.assertEqual(line.amount, 1000 * percent)
            with form.collection_contract_line_ids.edit(1) as line:
                self.assertEqual(line.amount_invoiced, 600)
                self.assertEqual(line.amount_collected, 150)
                self.assertEqual(line.number, 2)
                self.assertEqual(line.user_id, order.user_id)
        self.assertEqual(self.read_plan(order), [(300, 300, 300), (600, 600, 150)])

    def test_responsible_follows_the_salesperson(self):
        order = self.sell(1000)
        rep = self.new_user("another_rep")
        first, second, _third = order.collection_contract_line_ids
        first.user_id = rep
        self.assertEqual(second.user_id, order.user_id)
        other = self.new_user("third_rep")
        order.user_id = other
        self.assertEqual((first | second).user_id, other)
