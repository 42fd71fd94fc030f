from odoo.tests import tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon


@tagged("post_install", "-at_install")
class TestTakeover(CollectionCommon):
    """Whoever takes over goes on with the measures under way."""

    def test_measures_under_way_move(self):
        rep, heir = (self.new_user(name) for name in ("rep", "heir"))
        target = self.env["sale.collection.target"].create(
            {
                "user_id": rep.id,
                "company_id": self.company.id,
                "date_from": "2026-01-01",
                "date_to": "2026-01-31",
                "amount": 1000,
            }
        )
        done, under_way = self.env["sale.collection.measure"].create(
            [
                {
                    "target_id": target.id,
                    "partner_id": self.customer.id,
                    "user_id": rep.id,
                    "expected_amount": 100,
                    "result": result,
                }
                for result in ("done", False)
            ]
        )
        dialog = self.env["sale.collection.takeover.dialog"].create(
            {"from_user_id": rep.id, "to_user_id": heir.id}
        )
        dialog.action_preview()
        self.assertEqual(dialog.line_ids._get_counts(), {"measure": 1})
        dialog.action_apply()
        self.assertEqual(under_way.user_id, heir)
        self.assertEqual(done.user_id, rep)
        self.assertEqual(target.user_id, rep)
