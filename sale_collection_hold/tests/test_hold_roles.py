from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import RolesCase

from .desk_common import HoldDeskCommon

READER = ["Orders/Held orders", "Reporting/Effect of holds"]
CONTROLLER = [*READER, "Orders/Supply control"]


@tagged("post_install", "-at_install")
class TestHoldRoles(RolesCase, HoldDeskCommon):
    """Every role reads holds and rules with its own group alone."""

    menu_entries = {
        "sale_collection.group_user": ["Orders/Held orders"],
        "sale_collection.group_all_customers": READER,
        "sale_collection.group_credit_controller": CONTROLLER,
        "sale_collection.group_manager": CONTROLLER,
        "account.group_account_readonly": READER,
        "account.group_account_invoice": READER,
        "account.group_account_manager": READER,
    }
    ways_to_lists = {
        f"sale_collection_hold.{action}": (
            "button",
            "sale_collection_hold.hold_rule_view_list",
        )
        for action in (
            "hold_preview_action",
            "hold_switch_action",
            "hold_approval_action",
        )
    }
    may_be_empty = (
        "sale.collection.hold.approval",
        "sale.collection.hold.switch",
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order, cls.hold = cls.create_held()

    def test_controller_does_not_write_what_is_held(self):
        profile = self.hold.profile_id.with_user(self.controller)
        held = profile.hold_state
        profile.write({"hold_state": "none" if held != "none" else "hold"})
        self.env.flush_all()
        profile.invalidate_recordset()
        self.assertEqual(profile.hold_state, held)

    def test_controller_alone_releases(self):
        for __, env in self.each_role():
            if not env.user.has_group("sale_collection.group_credit_controller"):
                continue
            hold = self.create_held()[1].with_env(env)
            self.assertEqual(hold.display_name, hold.sudo().order_id.name)
            self.customer.user_id = self.rep
            env["sale.collection.hold.release"].create(
                {"hold_ids": hold.ids, "reason": "The customer paid by cheque"}
            ).action_release()
            self.assertEqual(hold.state, "released")
