from datetime import date

from odoo.tests import freeze_time, tagged
from odoo.tools import html2plaintext

from .common import ContractCommon

TODAY = date(2026, 3, 4)


@freeze_time("2026-03-04")
@tagged("post_install", "-at_install")
class TestContractNight(ContractCommon):
    """The night tells of parts that are not invoiced three days after their date."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep = cls.new_user("contract_rep")

    def run_night(self, today=TODAY):
        """Run the phase and return how many were told."""
        run = self.env["sale.collection.run"]._run(today, ["contract"])
        [phase] = run.phase_ids
        self.assertEqual(phase.state, "done", phase.error)
        self.assertFalse(run.error_ids)
        return (phase.counts or {}).get("not_invoiced", 0)

    def find_activities(self, order):
        kind = self.env.ref("sale_collection_contract.activity_not_invoiced")
        return order.activity_ids.filtered(lambda one: one.activity_type_id == kind)

    def test_told_once(self):
        order = self.sell(1000, user_id=self.rep.id)
        self.bill_down(order, 350)
        # Part 2 is due on the 1st: three days later
        self.assertEqual(self.run_night(date(2026, 3, 3)), 0)
        self.assertEqual(self.run_night(), 1)
        [activity] = self.find_activities(order)
        self.assertEqual(activity.user_id, self.rep)
        self.assertEqual(activity.date_deadline, TODAY)
        note = html2plaintext(activity.note).replace("\xa0", " ")
        self.assertEqual(
            note, "Part 2, due 03/01/2026: $ 550.00 of $ 600.00 not invoiced"
        )
        self.assertEqual(self.run_night(), 0)
        self.assertEqual(self.run_night(date(2026, 3, 5)), 0)
        # A new date is a new day to wait for.
        order.collection_contract_line_ids[1].date = "2026-02-20"
        self.assertEqual(self.run_night(), 1)
        self.assertEqual(len(self.find_activities(order)), 2)

    def test_one_activity_for_an_order(self):
        order = self.sell(1000, user_id=self.rep.id)
        self.assertEqual(self.run_night(), 1)
        [activity] = self.find_activities(order)
        self.assertIn("Part 1", activity.note)
        self.assertIn("Part 2", activity.note)
        self.assertNotIn("Part 3", activity.note)

    def test_invoiced_or_no_order_is_not_told_of(self):
        self.bill_all(self.sell(1000, user_id=self.rep.id))
        self.sell(1000, confirm=False, user_id=self.rep.id)
        self.sell(1000, user_id=self.rep.id)._action_cancel()
        self.assertEqual(self.run_night(), 0)

    def test_whom_to_tell(self):
        other = self.new_user("other_rep")
        gone = self.new_user("gone_rep")
        own, left, nobodys = (
            self.sell(1000, user_id=self.rep.id) for _order in range(3)
        )
        # Who does not read the order cannot invoice it: its salesperson is told.
        own.collection_contract_line_ids.user_id = other
        left.collection_contract_line_ids.user_id = gone
        gone.active = False
        nobodys.user_id = False
        self.assertEqual(self.run_night(), 2)
        self.assertEqual(self.find_activities(own).user_id, self.rep)
        self.assertEqual(self.find_activities(left).user_id, self.rep)
        self.assertFalse(self.find_activities(nobodys))
        nobodys.user_id = self.rep
        self.assertEqual(self.run_night(), 1)

    def test_other_company_has_its_own_night(self):
        theirs = self.setup_other_company()["company"]
        self.sell(1000, user_id=self.rep.id)
        self.assertFalse(self.lines._find_untold(theirs, TODAY))
        self.assertEqual(self.run_night(), 1)
