from odoo import Command
from odoo.tests import HttpCase, TransactionCase, tagged

# Numbers between 0 and 1 that people read as percent.
SHARES = ("_share", "_ratio", "_risk", "fulfilment")


@tagged("post_install", "-at_install")
class TestLists(TransactionCase):
    """What columns of our lists show: the unit of shares, all in all."""

    def get_lists(self):
        """Yield the lists of our models: model and nodes of columns, subviews too."""
        views = self.env["ir.ui.view"].search(
            [("model", "like", "sale.collection.%"), ("type", "in", ("list", "form"))]
        )
        for view in views.filtered(lambda view: view.mode == "primary"):
            model = self.env[view.model]
            arch = model._get_view(view.id, view.type)[0]
            for node in arch.iter("list"):
                yield view, self._get_model(model, node), node.findall("field")

    def _get_model(self, model, node):
        """Return the model of a list, which may stand in fields of a form."""
        fields = [one for one in node.iterancestors("field")]
        for field in reversed(fields):
            model = self.env[model._fields[field.get("name")].comodel_name]
        return model

    def test_shares_are_percentages(self):
        for view, model, columns in self.get_lists():
            for column in columns:
                name = column.get("name")
                if name not in model._fields or not name.endswith(SHARES):
                    continue
                with self.subTest(view=view.xml_id, column=name):
                    self.assertEqual(column.get("widget"), "percentage")


@tagged("post_install", "-at_install")
class TestListCurrency(HttpCase):
    def test_dollars_are_told_apart(self):
        company = self.env.ref("base.user_admin").company_id
        usd, cad, eur = (self.env.ref(f"base.{code}") for code in ("USD", "CAD", "EUR"))
        for currency in (usd, cad, eur):
            currency.active = True
            currency.rate_ids.unlink()
            currency.rate_ids = [Command.create({"name": "2025-01-01", "rate": 1.5})]
        self.env["sale.collection.history"].with_company(company).create(
            [
                {
                    "partner_id": company.partner_id.id,
                    "invoice_ref": name,
                    "source": "Old system",
                    "invoice_date": "2025-04-10",
                    "due_date": "2025-04-20",
                    "amount": 100,
                    "currency_id": currency.id,
                }
                for name, currency in (("OWN1", usd), ("FOREIGN1", cad), ("EURO1", eur))
            ]
        )
        self.start_tour(
            "/odoo/trade-history", "sale_collection_list_currency", login="admin"
        )
