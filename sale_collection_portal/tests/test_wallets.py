from odoo import Command
from odoo.tests import tagged

from .common import PortalCommon

# What providers that carry the wallets ask for, as made-up values.
KEYS = {
    "stripe": {"stripe_publishable_key": "pk_test", "stripe_secret_key": "sk_test"},
    "adyen": {
        "adyen_merchant_account": "merchant",
        "adyen_api_key": "key",
        "adyen_client_key": "client",
        "adyen_hmac_key": "ABCD",
        "adyen_api_url_prefix": "prefix",
    },
    "asiapay": {"asiapay_merchant_id": "1", "asiapay_secure_hash_secret": "secret"},
}
WALLETS = ("alipay", "wechat_pay")


@tagged("post_install", "-at_install")
class TestWallets(PortalCommon):
    """Alipay and WeChat Pay, by the providers of core that carry them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owed = cls.owe(100, -30)
        cls.wallets = cls.env["payment.method"].sudo()
        for code in WALLETS:
            cls.wallets |= cls.env.ref(f"payment.payment_method_{code}").sudo()

    def switch_on(self, code):
        """Return a provider of this company in test mode, with both wallets on."""
        template = self.env.ref(f"payment.payment_provider_{code}").sudo()
        self.assertEqual(template.code, code, "the addon of the provider is missing")
        provider = template.copy(
            {
                "company_id": self.company.id,
                "name": code,
                "payment_method_ids": [Command.set(self.wallets.ids)],
                "available_currency_ids": [Command.set(self.company.currency_id.ids)],
                **KEYS[code],
            }
        )
        provider.write({"state": "test", "is_published": True})
        self.wallets.active = True
        return provider

    def read_ways(self, provider):
        """Return the codes of the methods of a provider on the page to pay."""
        self.login("customer")
        page = self.open(self.choose(self.receivable_lines(self.owed)))
        found = page.xpath(
            f"//input[@name='o_payment_radio'][@data-provider-id='{provider.id}']"
        )
        return {way.get("data-payment-method-code") for way in found}

    def test_asiapay(self):
        provider = self.switch_on("asiapay")
        self.assertEqual(self.read_ways(provider), set(WALLETS))

    def test_stripe(self):
        self.assertEqual(self.read_ways(self.switch_on("stripe")), set(WALLETS))

    def test_adyen(self):
        self.assertEqual(self.read_ways(self.switch_on("adyen")), set(WALLETS))

    def test_a_method_switched_off_is_not_offered(self):
        provider = self.switch_on("asiapay")
        self.wallets[0].active = False
        self.assertEqual(self.read_ways(provider), {"wechat_pay"})

    def test_customer_is_sent_to_alipay(self):
        """AsiaPay takes over on its own page, with the wallet that was chosen."""
        provider = self.switch_on("asiapay")
        self.login("customer")
        page = self.open(self.choose(self.receivable_lines(self.owed)))
        payment = self.begin(
            page,
            provider_id=provider.id,
            payment_method_id=self.wallets[0].id,
            flow="redirect",
        )
        self.assertEqual((payment.amount, payment.state), (100, "draft"))
        values = payment._get_specific_rendering_values({})
        self.assertEqual((values["payment_method"], values["amount"]), ("ALIPAY", 100))
