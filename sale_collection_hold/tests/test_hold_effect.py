from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .desk_common import HoldDeskCommon


@tagged("post_install", "-at_install")
class TestHoldEffect(HoldDeskCommon):
    """Money within 14 days of a hold, and the days to the first of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoice = cls.create_invoice(1000, "2026-01-01", "2026-01-31")

    def hold(self, day, price=150.0, **values):
        """Return the hold of an order that was stopped on a day."""
        hold = self.create_held(price, **values)[1]
        hold.sudo().held_at = f"{day} 10:00:00"
        return hold

    def effects(self, user=None):
        self.env.cr.flush()
        self.env.invalidate_all()
        effects = self.env["sale.collection.hold.effect"]
        return effects.with_user(user or self.env.user).search(
            [("company_id", "=", self.company.id)], order="id"
        )

    def test_days_and_money(self):
        hold = self.hold("2026-02-05")
        self.pay(self.invoice, 40, "2026-02-04")
        row = self.effects()
        self.assertEqual((row.id, row.date), (hold.id, date(2026, 2, 5)))
        self.assertEqual((row.amount, row.money), (150, 0))
        self.assertEqual(row.rule_ids, self.limit_rule)
        self.assertIs(row.days_to_money, False)
        self.pay(self.invoice, 300, "2026-02-12")
        self.pay(self.invoice, 100, "2026-02-19")
        self.pay(self.invoice, 50, "2026-02-20")
        row = self.effects()
        self.assertEqual(row.days_to_money, 7)
        self.assertEqual(row.first_money_on, date(2026, 2, 12))
        self.assertEqual(row.money, 400)
        action = row.action_open_money()
        receipts = self.receipts.search(action["domain"])
        self.assertEqual(sum(receipts.mapped("amount")), 400)
        action = row.action_open_hold()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"]), hold)

    def test_money_after_two_holds_counts_once(self):
        self.hold("2026-02-05", 100)
        self.hold("2026-02-05", 300)
        later = self.hold("2026-02-15", 400)
        self.pay(self.invoice, 80, "2026-02-07")
        self.pay(self.invoice, 160, "2026-02-16")
        self.pay(self.invoice, 10, "2026-02-25")
        rows = self.effects()
        self.assertEqual(rows.mapped("money"), [20 + 20, 60 + 60, 80 + 10])
        self.assertEqual(rows.mapped("days_to_money"), [2, 2, 1])
        self.assertEqual(rows[2].id, later.id)

    def test_each_rule_shows_all_its_holds(self):
        self.hold("2026-02-05")
        other = self.create_rule(name="Everything")
        self.hold("2026-02-05", 450)
        self.pay(self.invoice, 400, "2026-02-06")
        found = self.effects()._read_group(
            [("company_id", "=", self.company.id)], ["rule_ids"], ["money:sum"]
        )
        self.assertEqual(found, [(self.limit_rule, 400), (other, 300)])
        [[total]] = self.effects()._read_group(
            [("company_id", "=", self.company.id)], [], ["money:sum"]
        )
        self.assertEqual(total, 400)

    def test_undone_money_is_no_effect(self):
        self.hold("2026-02-05")
        self.pay(self.invoice, 300, "2026-02-12").action_draft()
        row = self.effects()
        self.assertEqual(row.money, 0)
        self.assertFalse(row.first_money_on)

    def test_what_is_paid_back_is_no_effect(self):
        self.hold("2026-02-05")
        note = self.create_invoice(200, "2026-02-01", move_type="out_refund")
        self.pay(note, date="2026-02-07")
        row = self.effects()
        self.assertEqual((row.money, row.days_to_money), (0, False))
        self.pay(self.invoice, 300, "2026-02-12")
        row = self.effects()
        self.assertEqual((row.money, row.days_to_money), (300, 7))
        receipts = self.receipts.search(row.action_open_money()["domain"])
        self.assertEqual(receipts.mapped("amount"), [300])

    def test_two_companies_and_currencies(self):
        self.hold("2026-02-05")
        other = self.setup_other_company()["company"]
        other.currency_id = self.env.ref("base.EUR")
        self.env.user.company_ids += other
        self.env["sale.collection.hold"].sudo().create(
            {
                "order_id": self.env["sale.order"]
                .sudo()
                .create({"partner_id": self.customer.id, "company_id": other.id})
                .id,
                "profile_id": self.env["sale.collection.profile"]
                .sudo()
                .with_company(other)
                ._for(self.customer)
                .id,
                "strength": "hold",
                "amount": 70,
                "held_at": "2026-02-05 10:00:00",
            }
        )
        self.pay(self.invoice, 100, "2026-02-06")
        self.env.cr.flush()
        effects = self.env["sale.collection.hold.effect"].with_context(
            allowed_company_ids=(self.company | other).ids
        )
        domain = [("partner_id", "=", self.customer.id)]
        found = effects._read_group(domain, ["company_id"], ["money:sum", "amount:sum"])
        self.assertEqual(found, [(self.company, 100, 150), (other, 0, 70)])
        [[total]] = effects._read_group(domain, [], ["amount:sum"])
        self.assertFalse(total)

    def test_readers(self):
        self.hold("2026-02-05")
        self.assertEqual(len(self.effects(self.auditor)), 1)
        with self.assertRaises(AccessError):
            self.effects(self.rep)
