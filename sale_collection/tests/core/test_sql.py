from datetime import datetime

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...models.core.sql import (
    branches_sql,
    format_array,
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

    def test_texts_that_look_like_arrays(self):
        texts = ('a, "b" {c}', "back\\slash", "NULL", "", " x ", "it's 收款")
        partners = self.env["res.partner"].create([{"name": "New"} for _text in texts])
        self.env.flush_all()
        update_rows(
            self.env,
            "res_partner",
            {"comment": "text"},
            list(zip(partners.ids, texts, strict=True)),
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT comment FROM res_partner WHERE id = ANY(%s) ORDER BY id",
                partners.ids,
            )
        )
        self.assertEqual(tuple(row[0] for row in rows), texts)

    def test_numbers_and_days_stay_exact(self):
        values = (0.1 + 0.2, 1e-07, 1e16, None, 12345678901234.56)
        rows = self.env.execute_query(
            SQL(
                "SELECT * FROM UNNEST(%s::numeric[]) AS x(number)", format_array(values)
            )
        )
        self.assertEqual(tuple(row[0] for row in rows), values)
        moments = (datetime(2026, 3, 1, 23, 59, 59, 5), None)
        rows = self.env.execute_query(
            SQL("SELECT * FROM UNNEST(%s::timestamp[])", format_array(moments))
        )
        self.assertEqual(tuple(row[0] for row in rows), moments)

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
