import io
from datetime import datetime

from openpyxl import Workbook, load_workbook

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import file_open

from .test_target_gap import GapCommon

OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
    "date_format": "%Y-%m-%d",
    "datetime_format": "",
    "advanced": True,
}
MAPPING = [
    *("user_id", "team_id", "date_from", "date_to", "amount"),
    *("line_ids/partner_id", "line_ids/amount"),
]
FIRST, LAST = datetime(2026, 4, 1), datetime(2026, 4, 30)


@tagged("post_install", "-at_install")
class TestTargetImport(GapCommon):
    """A manager imports a spreadsheet of targets on their list."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        [cls.boss] = cls.new_users("import", boss="sale_collection.group_manager")
        cls.other = cls.env["res.partner"].create({"name": "Customer B"})

    def read_template(self):
        [template] = self.targets.get_import_templates()
        with file_open(template["template"].lstrip("/"), "rb") as file:
            return file.read()

    def prepare(self, rows, user=None):
        """Return core's import of the template with these rows for its examples."""
        book = load_workbook(io.BytesIO(self.read_template()))
        sheet = book.active
        filled = Workbook()
        filled.active.append([cell.value for cell in sheet[1]])
        for row in rows:
            filled.active.append(row)
        file = io.BytesIO()
        filled.save(file)
        return (
            self.env["base_import.import"]
            .with_user(user or self.boss)
            .create(
                {
                    "res_model": "sale.collection.target",
                    "file": file.getvalue(),
                    "file_name": "targets.xlsx",
                    "file_type": "application/vnd.openxmlformats-officedocument."
                    "spreadsheetml.sheet",
                }
            )
        )

    def load(self, rows, user=None, dryrun=False):
        wizard = self.prepare(rows, user)
        columns = [name.lower() for name in self.read_headers()]
        return wizard.execute_import(list(MAPPING), columns, dict(OPTIONS), dryrun)

    def read_headers(self):
        book = load_workbook(io.BytesIO(self.read_template()))
        return [cell.value for cell in book.active[1]]

    def test_columns_of_the_template_are_known(self):
        wizard = self.prepare([[self.rep.name, None, FIRST, LAST, 5]])
        preview = wizard.parse_preview(dict(OPTIONS))
        self.assertNotIn("error", preview)
        found = ["/".join(preview["matches"][i]) for i in range(len(MAPPING))]
        self.assertEqual(found, MAPPING)

    def test_reps_teams_and_customers_by_name(self):
        rows = [
            [self.peer.name, None, FIRST, LAST, 5000, self.customer.name, 3000],
            [None, None, None, None, None, self.other.name, 500.5],
            [None, self.team.name, FIRST, LAST, 90_000, None, None],
        ]
        self.assertEqual(self.load(rows, dryrun=True)["messages"], [])
        self.assertFalse(self.targets.search([("date_from", "=", FIRST)]))
        result = self.load(rows)
        self.assertEqual(result["messages"], [])
        mine, team = self.targets.browse(result["ids"])
        self.assertEqual((mine.user_id, mine.amount), (self.peer, 5000))
        self.assertEqual(
            [(line.partner_id.name, line.amount) for line in mine.line_ids],
            [("Customer", 3000), ("Customer B", 500.5), (False, 1499.5)],
        )
        self.assertEqual((team.team_id, team.amount), (self.team, 90_000))
        self.assertFalse(team.line_ids)

    def test_rows_in_error_are_named(self):
        rows = [
            ["Nobody at all", None, FIRST, LAST, 10],
            [self.peer.name, None, FIRST, LAST, 20],
            [self.rep.name, None, datetime(2026, 3, 15), LAST, 30],
            [self.rep.name, self.team.name, FIRST, LAST, 40],
            [self.rep.name, None, FIRST, LAST, 50, self.customer.name, 60],
        ]
        messages = {}
        for row in rows:
            for message in self.load([row], dryrun=True)["messages"]:
                messages.setdefault(rows.index(row), []).append(message["message"])
        self.assertNotIn(1, messages)
        self.assertIn("Nobody at all", messages[0][0])
        self.assertIn("overlap", messages[2][0])
        self.assertIn("one of them", messages[3][0])
        self.assertIn("more than the target", messages[4][0])
        result = self.load(rows[:3])
        self.assertFalse(result["ids"])
        self.assertIn(0, [message["rows"]["from"] for message in result["messages"]])
        self.assertFalse(self.targets.search([("date_from", "=", FIRST)]))

    def test_a_rep_imports_none(self):
        with self.assertRaises(AccessError):
            self.load([[self.rep.name, None, FIRST, LAST, 10]], self.rep)
