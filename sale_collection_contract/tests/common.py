from odoo import Command

from odoo.addons.sale_collection.tests.profile.common import OrderCommon


class ContractCommon(OrderCommon):
    """Orders with a collection plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = cls.env["sale.collection.contract.line"]

    @classmethod
    def plan(cls, order, *terms, **values):
        """Give an order a plan and return it.

        :param terms: (percent, date) where up to 1, else (amount, date)
        """
        order.collection_contract_line_ids = [
            Command.create(
                {
                    "name": f"Part {number}",
                    "percent" if term <= 1 else "amount": term,
                    "date": day,
                    **values,
                }
            )
            for number, (term, day) in enumerate(terms, start=1)
        ]
        return order.collection_contract_line_ids

    @classmethod
    def sell(cls, price=1000.0, plan=True, **values):
        """Return a confirmed order, with 30 % in January, 60 % and 10 % in March."""
        order = cls.create_order(price, **values)
        if plan:
            cls.plan(
                order, (0.3, "2026-01-15"), (0.6, "2026-03-01"), (0.1, "2026-03-31")
            )
        return order

    @classmethod
    def bill_down(cls, order, amount, date="2026-01-15"):
        """Return a posted down payment invoice."""
        return cls.post(
            cls.bill(order, advance_payment_method="fixed", fixed_amount=amount), date
        )

    @classmethod
    def bill_all(cls, orders, date="2026-01-15"):
        """Return the posted invoice of all that is left of orders."""
        return cls.post(cls.bill(orders), date)

    @classmethod
    def post(cls, invoice, date="2026-01-15"):
        invoice.write({"invoice_date": date, "date": date})
        invoice.action_post()
        return invoice

    def settle(self):
        """Have the ledger mirror what was matched, and forget what was read."""
        self.env.cr.flush()
        self.env.invalidate_all()

    def read_plan(self, order, *names):
        """Return figures of the parts of an order, read anew."""
        self.settle()
        names = names or ("amount", "amount_invoiced", "amount_collected")
        plan = order.collection_contract_line_ids
        if len(names) == 1:
            return plan.mapped(names[0])
        return [tuple(line[name] for name in names) for line in plan]

    def assertSameInLists(self, orders):
        """Assert that lists and sums have the figures of the records."""
        names = ("amount_invoiced", "amount_collected", "amount_to_invoice")
        names += ("amount_gap",)
        self.settle()
        sums = [f"{name}:sum" for name in names]
        mine = [("order_id", "in", orders.ids)]
        groups = self.lines._read_group(mine, ["id", "state"], sums)
        self.assertEqual(len(groups), len(orders.collection_contract_line_ids))
        for line, state, *amounts in groups:
            self.assertEqual(state, line.state)
            for name, amount in zip(names, amounts, strict=True):
                self.assertAlmostEqual(float(amount), line[name], 2, name)
                self.assertIn(
                    line, self.lines.search([(name, "<=", float(amount) + 0.001)])
                )
