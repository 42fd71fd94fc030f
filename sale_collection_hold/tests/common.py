from datetime import date

from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.sale_collection.tests.common import CollectionCommon

TODAY = date(2026, 3, 1)


class HoldCommon(CollectionCommon):
    """Orders, limits, rules and people who sell, control and collect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["sale.collection.hold.rule"].search([]).action_archive()
        cls.company.account_use_credit_limit = True
        cls.goods, cls.service = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "type": kind,
                    "list_price": 100.0,
                    "invoice_policy": "order",
                    "taxes_id": [],
                    "property_account_income_id": cls.revenue.id,
                }
                for name, kind in (("Goods", "consu"), ("Service", "service"))
            ]
        )
        cls.profiles = cls.env["sale.collection.profile"]
        cls.holds = cls.env["sale.collection.hold"]

    @classmethod
    def get_default_groups(cls):
        groups = super().get_default_groups()
        return groups | cls.env.ref("sales_team.group_sale_manager")

    @classmethod
    def create_order(
        cls, price=100.0, quantity=1, confirm=False, product=None, **values
    ):
        order = cls.env["sale.order"].create(
            {
                "partner_id": cls.customer.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": (product or cls.goods).id,
                            "product_uom_qty": quantity,
                            "price_unit": price,
                            "tax_ids": [],
                        }
                    )
                ],
                **values,
            }
        )
        if confirm:
            order.action_confirm()
        return order

    @classmethod
    def bill(cls, order, **values):
        """Return the draft invoice of an order made by core's own dialog."""
        dialog = cls.env["sale.advance.payment.inv"].create(
            {
                "advance_payment_method": "delivered",
                "sale_order_ids": [Command.set(order.ids)],
                **values,
            }
        )
        invoices = dialog._create_invoices(order)
        invoices.invoice_date = "2026-01-01"
        return invoices

    @classmethod
    def new_seller(cls, login, *groups):
        """Return somebody who sells and sees own documents only."""
        return new_test_user(
            cls.env,
            login,
            groups=",".join(
                [
                    "sales_team.group_sale_salesman",
                    "sale_collection.group_user",
                    *groups,
                ]
            ),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
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
