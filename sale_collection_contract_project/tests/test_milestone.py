from datetime import date

from odoo.tests import Form, freeze_time, tagged

from odoo.addons.sale_collection_contract.tests.common import ContractCommon


@freeze_time("2026-03-01")
@tagged("post_install", "-at_install")
class TestMilestone(ContractCommon):
    """A part falls due when its milestone is reached."""

    def setUp(self):
        super().setUp()
        self.order = self.sell(1000)
        project = self.env["project.project"].sudo().create({"name": "Plant"})
        self.milestone = project.milestone_ids.create(
            {"name": "Delivered", "project_id": project.id, "deadline": "2026-02-01"}
        )
        self.line = self.order.collection_contract_line_ids[1]

    def test_due_when_reached(self):
        self.line.milestone_id = self.milestone
        self.assertEqual((self.line.date, self.line.state), (False, "later"))
        # Reached on the 1st: the night tells on the 4th.
        self.milestone.is_reached = True
        self.assertEqual(self.read_plan(self.order, "state")[1], "to_invoice")
        self.assertEqual(self.line.date, date(2026, 3, 1))
        self.order.collection_contract_line_ids[0].unlink()
        self.assertFalse(self.lines._find_untold(self.company, date(2026, 3, 3)))
        found = self.lines._find_untold(self.company, date(2026, 3, 4))
        self.assertEqual(found, self.line)
        self.milestone.is_reached = False
        self.assertEqual(self.read_plan(self.order, "state")[1], "later")
        self.assertSameInLists(self.order)

    def test_the_milestone_rules_the_date(self):
        self.line.write({"milestone_id": self.milestone.id, "date": "2026-04-01"})
        self.assertFalse(self.line.date)
        self.line.milestone_id = False
        self.line.date = "2026-04-01"
        self.assertEqual(self.line.date, date(2026, 4, 1))

    def test_on_the_order(self):
        with Form(self.order) as form:
            with form.collection_contract_line_ids.edit(1) as line:
                line.milestone_id = self.milestone
                self.assertFalse(line.date)
        self.assertEqual(self.line.milestone_id, self.milestone)
