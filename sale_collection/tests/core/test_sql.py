from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...models.core.sql import (
    branches_sql,
    root_company_sql,
    update_rows,
)
from ..common import CollectionCommon


@tagged("post_install", "-at_install")
class TestUpdateRows(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": name, "color": 1} for name in "abc"]
        )
        cls.env.flush_all()

    def update(self, *args, **values):
        update_rows(self.env, "res_partner", *args, **values)
        self.partners.invalidate_recordset(flush=False)

    def test_each_row_its_own_values(self):
        a, b, c = self.partners
        rows = [(c.id, "z", None), (a.id, "x", "1")]
        self.update({"name": "varchar", "ref": "varchar"}, rows, common={"color": 5})
        self.assertEqual(
            [(partner.name, partner.ref, partner.color) for partner in (a, b, c)],
            [("x", "1", 5), ("b", False, 1), ("z", False, 5)],
        )

    def test_newer_rows_are_left_alone(self):
        a, b, _c = self.partners
        rows = [(a.id, "x", 1), (b.id, "y", 2)]
        self.update({"name": "varchar"}, rows, unchanged={"color": "int"})
        self.assertEqual(self.partners.mapped("name"), ["x", "b", "c"])

    def test_no_rows(self):
        with self.assertQueryCount(0):
            update_rows(self.env, "res_partner", {"name": "varchar"}, [])


@tagged("post_install", "-at_install")
class TestFragments(CollectionCommon):
    def test_branches(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        both = self.company | branch
        rows = self.env.execute_query(branches_sql(self.company))
        self.assertEqual({row[0] for row in rows}, set(both.ids))
        rows = self.env.execute_query(
            SQL(
                "SELECT %s FROM res_company c WHERE id = %s",
                root_company_sql("c"),
                branch.id,
            )
        )
        self.assertEqual(rows, [(self.company.id,)])
