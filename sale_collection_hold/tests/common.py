from datetime import date

from odoo import Command

from odoo.addons.sale_collection.tests.profile.common import OrderCommon

TODAY = date(2026, 3, 1)


class HoldCommon(OrderCommon):
    """Orders, limits, rules and people who sell, control and collect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["sale.collection.hold.rule"].search([]).action_archive()
        cls.company.account_use_credit_limit = True
        cls.service = cls.create_product("Service", "service")
        cls.holds = cls.env["sale.collection.hold"]

    @classmethod
    def create_order(cls, price=100.0, quantity=1, confirm=False, **values):
        return super().create_order(price, quantity, confirm, **values)

    @classmethod
    def new_seller(cls, login, *groups):
        """Return somebody who sells and sees own documents only."""
        return cls.new_user(
            login,
            ",".join(
                [
                    "sales_team.group_sale_salesman",
                    "sale_collection.group_user",
                    *groups,
                ]
            ),
        )

    @classmethod
    def create_rule(cls, code=None, threshold=0.0, strength="hold", **values):
        """Return a rule with one condition, of this company."""
        condition = {
            name: values.pop(name)
            for name in ("operator", "days", "grade_id")
            if name in values
        }
        return cls.env["sale.collection.hold.rule"].create(
            {
                "name": values.pop("name", code or "All orders"),
                "strength": strength,
                "company_id": cls.company.id,
                "condition_ids": [
                    Command.create({"code": code, "threshold": threshold, **condition})
                ]
                if code
                else [],
                **values,
            }
        )

    @classmethod
    def set_limit(cls, amount, partner=None):
        """Give a customer a limit; 0 allows nothing."""
        partner = partner or cls.customer
        partner.with_company(cls.company).credit_limit = amount
        profile = cls.profiles._for(partner)
        profile.credit_policy = "limit"
        return profile

    def verdict(self, order, today=TODAY, **values):
        return order._collection_verdict(today, **values)[order.id]

    def assertStrength(self, order, expected, today=TODAY, **values):
        self.assertEqual(self.verdict(order, today, **values)["strength"], expected)
