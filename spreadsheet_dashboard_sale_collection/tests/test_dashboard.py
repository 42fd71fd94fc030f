import json
from datetime import timedelta

from odoo import Command
from odoo.tests import HttpCase, tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon


@tagged("post_install", "-at_install")
class TestDashboard(CollectionCommon, HttpCase):
    """The dashboard opens, and its figures are those of the reports."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref(
            "spreadsheet_dashboard_sale_collection.dashboard_collection"
        )
        cls.boss = cls.new_user("dashboard_boss", "sale_collection.group_manager")
        cls.customer.user_id = cls.boss
        today = cls.company._collection_today()
        invoice = cls.create_invoice(
            1000,
            today - timedelta(60),
            today - timedelta(30),
            invoice_user_id=cls.boss.id,
        )
        cls.pay(invoice, 250, today)
        cls.env.cr.flush()
        cls.book = json.loads(cls.dashboard.spreadsheet_data)

    def find_sources(self):
        """Yield (model, fields read, domain, filters) of pivots and charts."""
        for pivot in self.book["pivots"].values():
            names = [measure["fieldName"] for measure in pivot["measures"]]
            names += [row["fieldName"] for row in pivot["rows"]]
            yield pivot["model"], names, pivot["domain"], pivot["fieldMatching"]
        for figure in self.book["sheets"][0]["figures"]:
            data = figure["data"]
            if "metaData" in data:
                meta = data["metaData"]
                names = [meta["measure"]]
                names += [group.partition(":")[0] for group in meta["groupBy"]]
                domain = data["searchParams"]["domain"]
                yield meta["resModel"], names, domain, data["fieldMatching"]

    def test_each_role_that_opens_it_reads_all_of_it(self):
        sources = list(self.find_sources())
        self.assertEqual(len(sources), 9)
        for group in self.dashboard.group_ids:
            [xml_id] = group.get_external_id().values()
            user = self.new_user(f"bare {xml_id}", xml_id)
            self.assertTrue(self.dashboard.with_user(user).has_access("read"))
            for model, names, domain, matching in sources:
                records = self.env[model].with_user(user)
                records.search(domain, limit=1)
                names += [one["chain"] for one in matching.values()]
                self.assertEqual(set(records.fields_get(names)), set(names), model)
        rep = self.new_user("bare rep", "sale_collection.group_user")
        self.assertFalse(self.dashboard.with_user(rep).has_access("read"))

    def test_links_lead_to_menus(self):
        cells = self.book["sheets"][0]["cells"].values()
        links = [
            cell.partition("ir_menu_xml_id/")[2].rstrip(")")
            for cell in cells
            if "ir_menu_xml_id" in cell
        ]
        links += self.book["chartOdooMenusReferences"].values()
        self.assertEqual(len(links), 15)
        visible = self.env["ir.ui.menu"].with_user(self.boss)._visible_menu_ids()
        for link in links:
            self.assertIn(self.env.ref(link).id, visible, link)

    def test_two_currencies_are_not_added_up(self):
        other = self.setup_other_company(name="Euro sister")["company"]
        other.currency_id = self.env.ref("base.EUR")
        self.boss.company_ids += other
        today = other._collection_today()
        self.create_invoice(
            50,
            today - timedelta(60),
            today - timedelta(30),
            company_id=other.id,
            journal_id=self.env["account.journal"]
            .search([("company_id", "=", other.id), ("type", "=", "sale")])[0]
            .id,
            invoice_line_ids=[
                Command.create({"name": "Goods", "price_unit": 50, "tax_ids": []})
            ],
        )
        self.start_tour(
            f"/odoo/dashboards?dashboard_id={self.dashboard.id}",
            "spreadsheet_dashboard_two_currencies",
            login="dashboard_boss",
            cookies={"cids": f"{self.company.id}-{other.id}"},
        )

    def test_manager_opens_it(self):
        self.start_tour(
            f"/odoo/dashboards?dashboard_id={self.dashboard.id}",
            "spreadsheet_dashboard_sale_collection",
            login="dashboard_boss",
        )
