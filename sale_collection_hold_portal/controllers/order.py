from typing import NamedTuple
from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal
from odoo.addons.sale_collection_portal.controllers.pay import PayPortal

from ..tools.ways import Owed, choose


class Way(NamedTuple):
    """A payment that frees an order."""

    kind: str  # `pay` for what is open, `prepay` for the order itself
    amount: float
    currency: object
    url: str


class HeldOrderPortal(PayPortal, CustomerPortal):
    """The page of an order that waits, with the payments that free it."""

    @http.route()
    def portal_order_page(self, order_id, access_token=None, **kwargs):
        # EXTENDS sale: with the ways to free it
        response = super().portal_order_page(
            order_id, access_token=access_token, **kwargs
        )
        shown = getattr(response, "qcontext", {})
        if shown.get("sale_order"):
            shown["ways"] = self._find_ways(shown["sale_order"].sudo())
        return response

    def _find_ways(self, order):
        """Return the payments that would each free an order now.

        :param order: in superuser mode
        """
        if order.state != "sale" or order.collection_hold_state != "held":
            return []
        verdict = order._collection_verdict(checkpoint="delivery")[order.id]
        amounts = {cure["kind"]: cure for cure in verdict["cures"] if cure["complete"]}
        ways = []
        if "pay" in amounts:
            ways.append(self._find_debts(order, amounts["pay"]))
        if "prepay" in amounts:
            ways.append(self._find_prepayment(order, amounts["prepay"]["amount"]))
        return [way for way in ways if way]

    def _find_debts(self, order, cure):
        """Return how the customer pays what is open, where they see it at all."""
        profile = order.collection_hold_id.profile_id
        if request.env.user._is_public() or profile not in self._find_own_profiles():
            return None
        documents = [(row["name"], row["amount"]) for row in cure["documents"]]
        for block in profile._collect_portal_blocks(self._get_own_contact()):
            chosen = choose(documents, cure["amount"], self._get_owed(block))
            if chosen and self._is_paid_online(block, request.env.user.partner_id):
                line_ids, amount = chosen
                query = [("block", block.key), ("amount", amount)]
                query += [("line", line_id) for line_id in line_ids]
                url = f"/my/statement/pay?{urlencode(query)}"
                amount = block.currency.round(amount)
                return Way("pay", amount, block.currency, url)
        return None

    def _get_owed(self, block):
        """Return what may be paid of a block, as values."""
        ids = [row.item.line_id for row in block.payable]
        lines = request.env["account.move.line"].sudo().browse(ids)
        return [
            Owed(
                line.id,
                line.move_name,
                row.item.due,
                row.item.open,
                line.collection_residual,
                block.currency != line.company_currency_id,
                row.is_disputed,
            )
            for row, line in zip(block.payable, lines, strict=True)
        ]

    def _find_prepayment(self, order, missing):
        """Return how the rest of an order is paid, unless its invoice asks for it.

        :param float missing: in company currency
        """
        if order.invoice_ids.filtered(lambda invoice: invoice.state == "posted"):
            return None
        currency = order.currency_id
        total = order.amount_total
        if currency != order.company_id.currency_id:
            # By the rate of the order, as the rule that asks for it.
            missing *= order.currency_rate
        amount = min(currency.round(missing), total)
        partner = request.env.user.partner_id
        payer = order.partner_id if request.env.user._is_public() else partner
        providers = (
            request.env["payment.provider"]
            .sudo()
            ._get_compatible_providers(
                order.company_id.id,
                payer.id,
                amount,
                currency_id=currency.id,
                sale_order_id=order.id,
            )
        )
        if not providers:
            return None
        query = f"&payment_amount={amount}&allow_payment=yes"
        url = order.get_portal_url(query_string=query)
        return Way("prepay", amount, currency, url)
