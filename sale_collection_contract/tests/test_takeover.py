from odoo.tests import freeze_time, tagged

from .common import ContractCommon


@freeze_time("2026-02-01")
@tagged("post_install", "-at_install")
class TestTakeover(ContractCommon):
    """Whoever takes over sees to the parts of contracts that are not collected."""

    def test_open_parts_move(self):
        rep, heir, third = (self.new_user(name) for name in ("rep", "heir", "third"))
        order = self.sell(user_id=third.id)
        collected, planned, other = order.collection_contract_line_ids
        (collected | planned).user_id = rep
        self.pay(self.bill_down(order, 300), date="2026-01-20")
        self.settle()
        self.assertEqual(collected.state, "collected")
        dialog = self.env["sale.collection.takeover.dialog"].create(
            {"from_user_id": rep.id, "to_user_id": heir.id}
        )
        dialog.action_preview()
        self.assertEqual(dialog.line_ids._get_counts(), {"contract": 1})
        dialog.action_apply()
        self.assertEqual(planned.user_id, heir)
        self.assertEqual(collected.user_id, rep)
        self.assertEqual(other.user_id, third)
