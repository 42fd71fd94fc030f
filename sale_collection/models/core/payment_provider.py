from odoo import api, models


class PaymentProvider(models.Model):
    """How customers pay online: by which providers, and with which methods."""

    _inherit = "payment.provider"

    @api.model
    def _collection_find(self, companies):
        """Return in superuser mode those by which customers of companies can pay."""
        return self.sudo().search(
            [
                ("state", "=", "enabled"),
                ("is_published", "=", True),
                ("company_id", "parent_of", companies.ids),
            ]
        )

    def _collection_filter(self, company, currency, country):
        """Return those that take a currency from a country for a company."""
        return self.filtered(
            lambda provider: (
                provider.company_id in company.parent_ids
                and _takes(provider.available_currency_ids, currency)
                and _takes(provider.available_country_ids, country)
            )
        )

    def _collection_find_methods(self, currency, country):
        """Return the methods of these providers for a currency and a country."""
        return self.payment_method_ids.filtered(
            lambda method: (
                method.is_primary
                and _takes(method.supported_currency_ids, currency)
                and _takes(method.supported_country_ids, country)
            )
        )

    @api.model
    def _collection_get_icons(self, methods, base_url=""):
        """Return pairs of name and address of the icons of methods.

        Guests may read methods, so that a mail program gets their pictures too.
        """
        return [
            (
                method.name,
                f"{base_url}/web/image/payment.method/{method.id}/image_payment_form",
            )
            for method in methods.sorted()
        ]


def _takes(allowed, one):
    """Tell whether a list of currencies or countries lets one in: an empty one all."""
    return not allowed or not one or one in allowed
