from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import HoldCommon


@tagged("post_install", "-at_install")
class TestTakeover(HoldCommon):
    """Held orders of a controller who leaves are decided by somebody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leaver, cls.heir = (
            cls.new_user(login, "sale_collection.group_credit_controller")
            for login in ("leaver", "heir")
        )
        cls.rep = cls.new_seller("rep")
        cls.create_rule()
        order = cls.create_order(confirm=True)
        cls.hold = order.collection_hold_ids.sudo()
        cls.hold.controller_id = cls.leaver

    def take_over(self, successor):
        dialog = self.env["sale.collection.takeover.dialog"].create(
            {"from_user_id": self.leaver.id, "to_user_id": successor.id}
        )
        dialog.action_preview()
        dialog.action_apply()

    def test_controller_decides_on(self):
        self.take_over(self.heir)
        self.assertEqual(self.hold.controller_id, self.heir)

    def test_a_rep_decides_nothing(self):
        self.take_over(self.rep)
        self.assertFalse(self.hold.controller_id)

    def test_past_hold_stays(self):
        self.hold.state = "expired"
        with self.assertRaises(UserError):
            self.take_over(self.heir)
        self.assertEqual(self.hold.controller_id, self.leaver)
