from odoo.tests import tagged

from .common import CommissionCommon


@tagged("post_install", "-at_install")
class TestTakeover(CommissionCommon):
    """Whoever takes over earns on what is invoiced from then on."""

    @classmethod
    def get_default_groups(cls):
        groups = super().get_default_groups()
        return groups | cls.env.ref("sales_team.group_sale_manager")

    def take_over(self):
        dialog = self.env["sale.collection.takeover.dialog"].create(
            {"from_user_id": self.rep.id, "to_user_id": self.other_rep.id}
        )
        dialog.action_preview()
        action = dialog.action_apply()
        return self.env["sale.collection.takeover"].browse(action["res_id"])

    def test_future_shares_move_and_past_commission_stays(self):
        share = self.share(self.rep, 40, partner_id=self.customer.id)
        boss = self.new_user("boss")
        before = self.sell(1000, boss)
        self.pay(before, 500, date="2026-01-20")
        self.assertEqual(self.earned(before), [20])
        takeover = self.take_over()
        self.assertEqual(share.user_id, self.other_rep)
        [line] = takeover.line_ids.filtered(lambda one: "share" in one.counts)
        self.assertEqual((line.partner_id, line.counts["share"]), (self.customer, 1))
        self.assertIn("Shares of commission to come: 1", takeover.what)
        # The claims of the posted invoice are the leaver's, money of later too.
        self.pay(before, 500, date="2026-01-20")
        self.assertEqual(self.earned(before), [20, 20])
        self.assertEqual(self.earned(before, self.other_rep), [])
        after = self.sell(1000, boss)
        self.pay(after, date="2026-01-20")
        self.assertEqual(self.earned(after), [])
        self.assertEqual(self.earned(after, self.other_rep), [40])

    def test_shares_of_orders_to_be_invoiced_move(self):
        orders = self.env["sale.order"].create(
            [
                {"partner_id": self.customer.id, "user_id": self.other_rep.id}
                for _unused in range(2)
            ]
        )
        orders[1].state = "cancel"
        shares = [self.share(self.rep, 30, order_id=order.id) for order in orders]
        self.take_over()
        self.assertEqual(shares[0].user_id, self.other_rep)
        self.assertEqual(shares[1].user_id, self.rep)

    def test_shares_of_posted_lines_stay(self):
        invoice = self.sell(1000, self.other_rep)
        line = invoice.invoice_line_ids
        share = self.share(self.rep, 30, move_line_id=line.id)
        draft = self.sell(500, self.other_rep, post=False).invoice_line_ids
        coming = self.share(self.rep, 30, move_line_id=draft.id)
        self.take_over()
        self.assertEqual(share.user_id, self.rep)
        self.assertEqual(coming.user_id, self.other_rep)
