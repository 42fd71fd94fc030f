from odoo.tests import tagged

from odoo.addons.sale_collection_field.tests.common import FieldCommon
from odoo.addons.sale_collection_stock.tests.common import SupplyCommon
from odoo.addons.sale_collection_stock.tests.test_evidence import PIXEL


@tagged("post_install", "-at_install")
class TestSlips(FieldCommon, SupplyCommon):
    """The preparation sheet of a visit marks deliveries that nobody signed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visit = cls.plan_visit(cls.profile)

    @classmethod
    def plan_visit(cls, profile):
        visits = cls.env["sale.collection.visit"].with_user(cls.rep)
        return visits.create({"profile_id": profile.id})

    def deliver(self, signed=False, billed=True, **values):
        """Return the delivery of an order of 10 of the goods, with its invoice."""
        order = self.create_order((self.goods, 10), **values)
        delivery = order.picking_ids
        delivery.button_validate()
        if signed:
            delivery.signature = PIXEL
        if billed:
            order._create_invoices().action_post()
        return delivery

    def read_slips(self, visits=None):
        """Return {delivery: whether it is signed} of the sheets of visits, by visit."""
        visits = visits or self.visit
        self.env.flush_all()
        values = self.env["report.sale_collection_field.visit_sheet"]
        values = values.with_user(self.rep)._get_report_values(visits.ids)
        return [dict(values["slips"][visit.profile_id.id]) for visit in visits]

    def render(self):
        printer = self.env["ir.actions.report"].with_user(self.rep)
        report = "sale_collection_field.visit_sheet"
        return printer._render_qweb_html(report, self.visit.ids)[0].decode()

    def test_signed_or_missing(self):
        screen, missing = self.deliver(signed=True), self.deliver()
        paper = self.deliver()
        self.env["ir.attachment"].create(
            {
                "name": "scan.pdf",
                "raw": b"scan",
                "res_model": "stock.picking",
                "res_id": paper.id,
            }
        )
        expected = {screen: True, missing: False, paper: True}
        self.assertEqual(self.read_slips(), [expected])

    def test_what_the_sheet_prints(self):
        # A rep, who has no rights in the warehouse.
        signed, missing = self.deliver(signed=True), self.deliver()
        html = self.render()
        rows = html.partition('name="slips"')[2].partition("</table>")[0].split("<tr>")
        [first] = [row for row in rows if signed.name in row]
        [second] = [row for row in rows if missing.name in row]
        self.assertIn("☑", first)
        self.assertIn(signed.sale_id.name, first)
        self.assertNotIn("Signature missing", first)
        self.assertIn("☐", second)
        self.assertIn("Signature missing", second)

    def test_only_of_open_invoices(self):
        open_one = self.deliver()
        self.deliver(billed=False)
        settled = self.deliver().sale_id.invoice_ids
        self.pay(settled)
        self.env.cr.flush()
        self.assertEqual(self.read_slips(), [{open_one: False}])

    def test_only_of_what_open_invoices_bill(self):
        """Two lines, delivered and invoiced one by one; the first is paid."""
        order = self.create_order((self.goods, 10), (self.goods, 3))
        slips, invoices = [], []
        for line in order.order_line:
            slip = line.move_ids.picking_id.filtered(lambda one: one.state != "done")
            for move in slip.move_ids:
                wanted = move.sale_line_id == line
                move.quantity = move.product_uom_qty if wanted else 0
            slip.with_context(skip_backorder=True).button_validate()
            slips.append(slip)
            invoices.append(order._create_invoices())
            invoices[-1].action_post()
        self.assertEqual([slip.state for slip in slips], ["done", "done"])
        self.assertEqual(self.read_slips(), [dict.fromkeys(slips, False)])
        self.pay(invoices[0])
        self.env.cr.flush()
        self.assertEqual(self.read_slips(), [{slips[1]: False}])

    def test_a_down_payment_is_about_the_whole_order(self):
        order = self.create_order((self.goods, 10))
        dialog = self.env["sale.advance.payment.inv"]
        dialog = dialog.with_context(active_model="sale.order", active_ids=order.ids)
        dialog.create(
            {"advance_payment_method": "percentage", "amount": 30}
        ).create_invoices()
        order.invoice_ids.action_post()
        order.picking_ids.button_validate()
        self.assertEqual(self.read_slips(), [{order.picking_ids: False}])

    def test_only_what_left(self):
        waiting = self.create_order((self.other, 3))
        waiting._create_invoices().action_post()
        self.assertEqual(waiting.picking_ids.state, "assigned")
        self.assertEqual(self.read_slips(), [{}])
        self.assertNotIn('name="slips"', self.render())

    def test_each_visit_its_customer(self):
        other = self.env["res.partner"].create(
            {"name": "Other", "user_id": self.rep.id}
        )
        mine = self.deliver()
        theirs = self.deliver(signed=True, partner=other)
        profile = self.env["sale.collection.profile"]._for(other)
        visits = self.visit | self.plan_visit(profile)
        self.assertEqual(self.read_slips(visits), [{mine: False}, {theirs: True}])
        self.assertEqual(self.read_slips(), [{mine: False}])

    def test_queries_do_not_grow(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.read_slips()
            return self.cr.sql_log_count - before

        def count_warm():
            # Deliveries empty caches of users, which are no part of it.
            count()
            return count()

        self.deliver()
        few = count_warm()
        for _number in range(3):
            self.deliver()
        self.assertLessEqual(count_warm(), few)
