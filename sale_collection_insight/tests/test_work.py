from datetime import date, timedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon

TODAY = date(2026, 3, 2)


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestWork(CollectionCommon):
    """What was done beside what came, promises kept and disputes by their age."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.collector = cls.new_user("collector", "sale_collection.group_all_customers")
        cls.profile.sudo().user_id = cls.collector
        cls.invoice = cls.create_invoice(1000, "2026-01-01", "2026-01-31")

    def talk(self, result):
        return (
            self.env["sale.collection.contact"]
            .with_user(self.collector)
            .create(
                {
                    "profile_id": self.profile.id,
                    "result": result,
                    "next_date": TODAY,
                    "reason_id": self.env.ref(
                        "sale_collection.reason_cash_shortage"
                    ).id,
                }
            )
        )

    def promise(self, invoice, amount=100):
        promise = (
            self.env["sale.collection.promise"]
            .with_user(self.collector)
            .create(
                {
                    "profile_id": self.profile.id,
                    "amount": amount,
                    "date": "2026-03-10",
                    "line_ids": self.receivable_lines(invoice).ids,
                }
            )
        )
        promise.action_open()
        return promise

    def test_work_beside_money(self):
        self.talk("reached")
        self.talk("no_answer")
        self.promise(self.invoice)
        self.pay(self.invoice, 300, "2026-02-20")
        undone = self.pay(self.invoice, 50, "2026-02-25")
        undone.action_draft()
        self.pay(self.invoice, 70, TODAY + timedelta(days=1))
        self.env.cr.flush()
        work = self.env["sale.collection.work"].with_user(self.collector)
        measures = ["contacts", "reached", "promises", "promised", "money"]
        [row] = work._read_group(
            [("partner_id", "=", self.customer.id)],
            ["user_id"],
            [f"{name}:sum" for name in measures],
        )
        self.assertEqual(row, (self.collector, 2, 1, 1, 100, 300))
        for record in work.search([("partner_id", "=", self.customer.id)]):
            action = record.action_open()
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(len(found), 1)
            self.assertEqual(record.display_name, self.customer.name)

    def test_reps_do_not_read_it(self):
        rep = self.new_user("bare rep", "sale_collection.group_user")
        with self.assertRaises(AccessError):
            self.env["sale.collection.work"].with_user(rep).search([])

    def test_kept_share_by_month(self):
        promises = self.env["sale.collection.promise"]
        for state in ("kept", "kept", "partial", "broken", "cancelled"):
            promise = self.promise(self.create_invoice(100, "2026-01-01", "2026-01-31"))
            promise.sudo().state = state
            promises += promise
        self.assertEqual(promises.mapped("kept_share"), [100.0, 100.0, 0.0, 0.0, False])
        [group] = promises.formatted_read_group(
            [("id", "in", promises.ids)], ["date:month"], ["kept_share:avg"]
        )
        self.assertEqual(group["kept_share:avg"], 50)
        self.assertEqual(
            promises.fields_get(["kept_share"])["kept_share"]["aggregator"], "avg"
        )

    def test_disputes_by_age(self):
        days = {
            "2026-02-23": "1_to_7",
            "2026-02-22": "2_to_30",
            "2025-12-15": "3_to_90",
        }
        disputes = self.env["sale.collection.dispute"].create(
            [
                {
                    "profile_id": self.profile.id,
                    "reason_id": self.env.ref(
                        "sale_collection.reason_cash_shortage"
                    ).id,
                    "date": day,
                    "deadline": TODAY,
                }
                for day in days
            ]
        )
        self.assertEqual(disputes.mapped("age"), list(days.values()))
        groups = disputes._read_group(
            [("id", "in", disputes.ids)], ["age"], ["__count"]
        )
        self.assertEqual(dict(groups), dict.fromkeys(days.values(), 1))
        # A group opens its lines.
        self.assertFalse(disputes.search([("age", "=", False)]))
        aged = [("id", "in", disputes.ids), ("age", "!=", False)]
        self.assertEqual(disputes.search(aged), disputes)
        found = disputes.search([("id", "in", disputes.ids), ("age", "=", "2_to_30")])
        self.assertEqual(found, disputes[1])
        # A closed one is as old as it got.
        disputes[2].sudo().write({"state": "rejected", "date_closed": "2025-12-18"})
        self.assertEqual(disputes[2].age, "1_to_7")
        groups = disputes._read_group(
            [("id", "in", disputes[2].ids)], ["age"], ["__count"]
        )
        self.assertEqual(groups, [("1_to_7", 1)])
