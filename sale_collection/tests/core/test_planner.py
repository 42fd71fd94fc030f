from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ...models.core.planner import tell_planner


@tagged("post_install", "-at_install")
class TestPlanner(TransactionCase):
    def test_a_table_is_analysed_when_a_bulk_fill_has_made_it_grow(self):
        table = "sale_collection_lock"
        with self.assertQueryCount(0):
            tell_planner(self.env, table, 999)
        self.env.cr.execute(
            "INSERT INTO sale_collection_lock (key) SELECT 'many ' || number"
            " FROM generate_series(1, 6000) number"
        )
        tell_planner(self.env, table, 6000)
        known = "SELECT reltuples FROM pg_class WHERE relname = 'sale_collection_lock'"
        [[rows]] = self.env.execute_query(SQL(known))
        self.assertGreaterEqual(rows, 6000)
        with self.assertQueryCount(1):
            tell_planner(self.env, table, 2900)
