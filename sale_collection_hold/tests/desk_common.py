from .common import HoldCommon

SALES = "sale_collection.group_user,sales_team.group_sale_salesman"
CONTROL = (
    "sale_collection.group_credit_controller,sales_team.group_sale_salesman_all_leads"
)


class HoldDeskCommon(HoldCommon):
    """A rep with a held order, two controllers, an auditor and a manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.controller, cls.second, cls.auditor, cls.seller = cls.new_users(
            "hold",
            rep=SALES,
            controller=CONTROL,
            second=CONTROL,
            auditor="account.group_account_readonly",
            seller="sales_team.group_sale_salesman",
        )
        cls.company.collection_controller_id = cls.controller
        cls.customer.write({"user_id": cls.rep.id, "email": "buyer@example.com"})
        cls.limit_rule = cls.create_rule("over_limit", name="Over the limit")
        cls.set_limit(100)

    @classmethod
    def create_held(cls, price=150.0, user=None, **values):
        """Return an order of the rep that the limit has stopped, and its hold."""
        order = cls.create_order(
            price, confirm=True, user_id=(user or cls.rep).id, **values
        )
        return order, order.collection_hold_id

    def activities(self, record, kind="sale_collection_hold.activity_hold"):
        return record.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == self.env.ref(kind)
        )
