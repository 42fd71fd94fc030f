from datetime import timedelta

from lxml import html

from odoo import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.payment.tests.http_common import PaymentHttpCommon
from odoo.addons.sale_collection.tests.common import CollectionCommon

#: Words of ours that no customer reads.
SECRETS = (
    *("grade", "score", "commission", "credit profile", "collector", "sale.collection"),
    *("Xnotex", "Xreasonx"),
)


@tagged("post_install", "-at_install")
class PortalCommon(CollectionCommon, AccountPaymentCommon, PaymentHttpCommon):
    """A customer with a branch and contacts, another customer, and their logins."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"is_company": True, "email": "customer@example.com"})
        partners = cls.env["res.partner"]
        cls.branch = partners.create(
            {"name": "Branch", "is_company": True, "parent_id": cls.customer.id}
        )
        cls.contact = partners.create(
            {"name": "Contact", "parent_id": cls.customer.id, "type": "invoice"}
        )
        cls.other = partners.create({"name": "Other", "is_company": True})
        cls.currency = cls.company.currency_id
        cls.partner = cls.customer
        cls.today = cls.company._collection_today()
        cls.profiles = cls.env["sale.collection.profile"].sudo()
        cls.profile = cls.profiles._for(cls.customer)
        for name in ("customer", "contact", "other"):
            cls.new_login(name, getattr(cls, name))

    @classmethod
    def new_login(cls, name, partner):
        return new_test_user(
            cls.env(su=True),
            f"portal-{name}",
            "base.group_portal",
            partner_id=partner.id,
            name=partner.name,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def owe(cls, amount, days=0, partner=None, **values):
        """Return an invoice that is due so many days from today."""
        return cls.create_invoice(
            amount,
            date=cls.today - timedelta(60),
            due=cls.today + timedelta(days),
            partner=partner,
            **values,
        )

    def login(self, name):
        self.authenticate(f"portal-{name}", f"portal-{name}")

    def open(self, path, status=200):
        """Return a page as a tree, discreet and found."""
        self.env.flush_all()
        response = self.url_open(path)
        self.assertEqual(response.status_code, status, path)
        tree = html.fromstring(response.text)
        for tag in tree.xpath("//script | //style | //head"):
            tag.drop_tree()
        text = tree.text_content()
        for secret in SECRETS:
            self.assertNotIn(secret.lower(), text.lower(), path)
        return tree

    def count_queries(self, work, *args):
        """Return how many queries some work sends, with nothing read before."""
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.env.cr.sql_log_count
        work(*args)
        self.env.flush_all()
        return self.env.cr.sql_log_count - start

    def read_texts(self, tree, name):
        """Return the texts of the elements with a name, without line breaks."""
        return [
            " ".join(node.text_content().replace("\xa0", " ").split())
            for node in tree.xpath(f"//*[@name='{name}']")
        ]

    def begin(self, tree, **changes):
        """Press Pay on a page: return the transaction that is begun."""
        [form] = tree.xpath("//form[@id='o_payment_form']")
        values = {
            "provider_id": self.provider.id,
            "payment_method_id": self.payment_method_id,
            "token_id": None,
            "amount": float(form.get("data-amount")),
            "flow": "direct",
            "tokenization_requested": False,
            "is_validation": False,
            "landing_route": form.get("data-landing-route"),
            "access_token": form.get("data-access-token"),
            **changes,
        }
        url = form.get("data-transaction-route")
        found = self.make_jsonrpc_request(url, values)
        payments = self.env["payment.transaction"].sudo()
        return payments.search([("reference", "=", found["reference"])])

    def choose(self, lines=(), amount=None, link=None):
        """Return the address to pay these instalments, as the page's form sends it."""
        line = lines[:1] or self.receivable_lines(self.owed)[:1]
        key = (line.company_id.root_id, line.currency_id, line.account_id)
        query = [("block", "-".join(str(record.id) for record in key))]
        query += [("line", one.id) for one in lines]
        query += [("amount", amount)] if amount else []
        query += [("link", link)] if link else []
        text = "&".join(f"{name}={value}" for name, value in query)
        return f"/my/statement/pay?{text}"

    def finish(self, payment):
        """Have the provider say it is done, and book it."""
        payment._set_done()
        payment._post_process()
        self.env.flush_all()
        self.env.cr.flush()
        return payment

    def get_open(self, *moves):
        """Return what the ledger says is open of documents."""
        lines = self.env["account.move.line"].concat(
            *(self.receivable_lines(move) for move in moves)
        )
        lines.invalidate_recordset()
        found = self.profiles._collect_open_amounts(lines.sudo())
        return [found.get(line.id, 0.0) for line in lines]
