from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time, tagged

from odoo.addons.sale_collection_contract.tests.common import ContractCommon
from odoo.addons.sale_collection_contract_project import uninstall_hook


@tagged("post_install", "-at_install")
@freeze_time("2026-03-10 12:00:00")
class TestMilestone(ContractCommon):
    """A part of a plan is due on the day its milestone is reached."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller, cls.engineer = cls.new_users(
            "milestone",
            seller="sales_team.group_sale_salesman",
            engineer="project.group_project_user",
        )
        cls.order = cls.sell(plan=False)
        cls.order.user_id = cls.seller
        cls.project = (
            cls.env["project.project"]
            .sudo()
            .create({"name": "Plant", "allow_billable": True, "allow_milestones": True})
        )
        cls.order.project_id = cls.project
        cls.delivery = (
            cls.env["project.milestone"]
            .sudo()
            .create(
                {
                    "name": "Delivery",
                    "project_id": cls.project.id,
                    "deadline": "2026-03-01",
                }
            )
        )
        cls.part = cls.plan(cls.order, (0.6, "2026-02-01"))
        cls.env.cr.flush()

    def wait(self, milestone=None):
        """Let the part wait for a milestone, as the salesperson does."""
        part = self.part.with_user(self.seller)
        part.milestone_id = milestone or self.delivery
        self.assertNotEqual(part.due_date, part.date)

    def reach(self, is_reached=True):
        """Mark the milestone, as the engineer does."""
        self.delivery.with_user(self.engineer).toggle_is_reached(is_reached)
        self.settle()

    def untold(self, today):
        day = self.part._fields["date"].to_date(today)
        return self.part._find_untold(self.company, day) & self.part

    def test_planned_until_it_is_reached(self):
        """Its deadline of 1 March has passed and it is not reached: nothing is due."""
        self.assertEqual(self.read_plan(self.order, "state"), ["to_invoice"])
        self.wait()
        self.assertEqual(str(self.part.date), "2026-03-01")
        self.assertEqual(self.read_plan(self.order, "state"), ["later"])
        self.assertSameInLists(self.order)
        self.assertFalse(self.untold("2026-03-20"))
        self.delivery.with_user(self.engineer).deadline = "2026-04-15"
        self.assertEqual(str(self.part.date), "2026-04-15")

    def test_due_when_it_is_reached(self):
        """Reached on 10 March, told of from 13 March; taken back with the mark."""
        self.wait()
        self.reach()
        self.assertEqual(str(self.part.date), "2026-03-10")
        self.assertEqual(self.part.due_date, self.part.date)
        self.assertEqual(self.read_plan(self.order, "state"), ["to_invoice"])
        self.assertSameInLists(self.order)
        self.assertFalse(self.untold("2026-03-12"))
        self.assertEqual(self.untold("2026-03-13"), self.part)
        self.delivery.with_user(self.engineer).deadline = "2026-05-01"
        self.assertEqual(str(self.part.date), "2026-03-10", "reached it stays")
        self.reach(False)
        self.assertEqual(str(self.part.date), "2026-05-01")
        self.assertFalse(self.part.due_date)
        self.assertFalse(self.untold("2026-03-13"))

    def test_without_a_deadline_the_day_typed_stands(self):
        self.delivery.deadline = False
        self.wait()
        self.assertEqual(str(self.part.date), "2026-02-01")
        self.reach()
        self.assertEqual(str(self.part.date), "2026-03-10")
        self.reach(False)
        self.assertEqual(str(self.part.date), "2026-02-01")

    def test_the_night_tells_the_responsible(self):
        self.wait()
        self.reach()
        today = self.part._fields["date"].to_date("2026-03-13")
        self.assertEqual(self.untold("2026-03-13")._tell_responsible(today), 1)
        self.assertEqual(self.order.activity_ids.user_id, self.seller)
        self.assertEqual(self.part.told_on, today)

    def test_reached_already_when_it_is_chosen(self):
        self.reach()
        self.part.with_user(self.seller).milestone_id = self.delivery
        self.assertEqual(str(self.part.date), "2026-03-10")

    def test_waits_no_more(self):
        self.delivery.deadline = False
        self.wait()
        self.part.with_user(self.seller).milestone_id = False
        self.assertEqual(str(self.part.due_date), "2026-02-01")
        self.reach()
        self.part.with_user(self.seller).milestone_id = self.delivery
        self.part.with_user(self.seller).milestone_id = False
        self.assertEqual(str(self.part.due_date), "2026-02-01")

    def test_the_day_typed_stands_when_it_waits_no_more(self):
        """Typed in the same save, or while the day was the one it was reached."""
        part = self.part.with_user(self.seller)
        self.wait()
        part.write({"milestone_id": False, "date": "2026-04-20"})
        self.assertEqual(str(part.due_date), "2026-04-20")
        self.wait()
        self.reach()
        part.write({"milestone_id": False, "date": "2026-04-21"})
        self.assertEqual(str(part.due_date), "2026-04-21")
        part.milestone_id = self.delivery
        self.delivery.deadline = False
        part.date = "2026-04-22"
        self.reach(False)
        self.assertEqual(str(part.date), "2026-04-22")

    def assertJudgedAgain(self, change):
        queue = self.env["sale.collection.queue"].sudo()
        queue.search([]).unlink()
        change()
        found = queue.search([("kind", "=", "partner")])
        self.assertEqual(set(found.mapped("ref")), set(self.customer.ids))

    def test_orders_are_judged_again(self):
        self.delivery.deadline = False
        for change in (self.wait, self.reach, lambda: self.reach(False)):
            self.assertJudgedAgain(change)

    def test_chosen_on_the_order(self):
        with Form(self.order.with_user(self.seller)) as form:
            with form.collection_contract_line_ids.edit(0) as part:
                part.milestone_id = self.delivery
        self.assertEqual(str(self.part.date), "2026-03-01")
        self.assertFalse(self.part.due_date)

    def test_who_sees_the_plan_sees_its_milestones(self):
        """A rep and an auditor, who are not in the project, which invites only."""
        self.wait()
        self.project.privacy_visibility = "followers"
        readers = self.new_users(
            "milestone_reader",
            rep="sale_collection.group_user",
            auditor="account.group_account_readonly",
        )
        self.customer.user_id = readers[0]
        fields = {"milestone_id": {"fields": {"display_name": {}}}, "milestone_ids": {}}
        for reader in readers:
            self.settle()
            [row] = self.part.with_user(reader).web_read(fields)
            self.assertEqual(row["milestone_id"]["display_name"], "Delivery")

    def test_of_a_project_of_the_order(self):
        project = self.project.copy({"name": "Other"})
        strange = self.delivery.create({"name": "Other", "project_id": project.id})
        self.assertNotIn(strange, self.part.milestone_ids)
        with self.assertRaisesRegex(ValidationError, "a project of the order"):
            self.wait(strange)

    def test_each_reader_has_their_own_projects_of_an_order(self):
        """Whoever is not invited reads none of them, before the code or after it."""
        self.project.privacy_visibility = "followers"
        self.seller.group_ids += self.env.ref("project.group_project_user")
        order = self.order.with_user(self.seller)
        for asked in ((order, self.order.sudo()), (self.order.sudo(), order)):
            self.settle()
            found = {one.env.su: one.project_ids for one in asked}
            self.assertEqual(found[True], self.project)
            self.assertFalse(found[False])
        self.settle()
        self.assertFalse(order.project_ids)
        self.assertEqual(self.part.milestone_ids, self.delivery)

    def test_choices_of_many_parts_are_one_search(self):
        other = self.sell(plan=False)
        other.project_id = self.project.copy({"name": "Other"})
        strange = other.project_id.milestone_ids
        self.assertEqual(strange.mapped("name"), ["Delivery"])
        parts = self.part + self.plan(other, (0.5, False), (0.5, False))
        milestones = type(self.env["project.milestone"])
        searches, search = [], milestones.search
        self.patch(
            milestones,
            "search",
            lambda self, *args, **kwargs: (
                searches.append(args) or search(self, *args, **kwargs)
            ),
        )
        self.settle()
        found = [part.milestone_ids for part in parts]
        self.assertEqual(found, [self.delivery, strange, strange])
        self.assertEqual(len(searches), 1)

    def assertDueAsItStands(self, day):
        self.settle()
        self.assertFalse(self.part.milestone_id or self.part.planned_date)
        self.assertEqual((str(self.part.date), str(self.part.due_date)), (day, day))
        self.assertEqual(self.read_plan(self.order, "state"), ["to_invoice"])

    def test_a_milestone_that_is_deleted(self):
        self.wait()
        self.assertJudgedAgain(self.delivery.unlink)
        self.assertDueAsItStands("2026-03-01")

    def test_a_reached_milestone_that_is_deleted(self):
        """Who was told of the part is not told of it once more."""
        self.wait()
        self.reach()
        self.part.sudo().told_on = "2026-03-13"
        self.delivery.unlink()
        self.assertDueAsItStands("2026-03-10")
        self.assertEqual(str(self.part.told_on), "2026-03-13")

    def test_a_project_that_is_deleted(self):
        """Its milestones go by the database's cascade, which tells nobody."""
        self.wait()
        self.assertJudgedAgain(self.project.unlink)
        self.assertDueAsItStands("2026-03-01")

    def test_uninstalling_leaves_no_part_that_waits_for_ever(self):
        self.wait()
        self.assertJudgedAgain(lambda: uninstall_hook(self.env))
        self.assertDueAsItStands("2026-03-01")

    def test_supply_waits_for_what_is_due(self):
        """The rule on unpaid parts asks for 600 from the day it is reached."""
        ledger = self.env["sale.collection.order.ledger"]
        self.wait()
        day = self.part._fields["date"].to_date("2026-03-10")
        self.assertEqual(ledger._collect_due_parts(self.order, day)[self.order], [])
        self.reach()
        [due] = ledger._collect_due_parts(self.order, day)[self.order]
        self.assertEqual((due.amount, due.collected), (600, 0))
