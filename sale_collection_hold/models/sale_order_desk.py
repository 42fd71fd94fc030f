from odoo import api, fields, models
from odoo.exceptions import UserError

# Verdicts worth putting before the controller while the order is a quotation.
ASKABLE = ("limit", "prepay", "hold", "refuse")
BANNER_LEVELS = [("danger", "Stopped"), ("warning", "Warning"), ("info", "Free")]
HELD_LEVELS = {"active": "danger", "rejected": "danger"}


class SaleOrder(models.Model):
    """What the order form says about supply, to salesperson and controller alike."""

    _inherit = "sale.order"

    collection_banner = fields.Html(
        compute="_compute_collection_banner",
        sanitize=False,
        export_string_translation=False,
    )
    collection_banner_level = fields.Selection(
        BANNER_LEVELS,
        compute="_compute_collection_banner",
        export_string_translation=False,
    )
    collection_can_request = fields.Boolean(
        compute="_compute_collection_banner", export_string_translation=False
    )

    # === COMPUTE ===#

    @api.depends(
        "state",
        "partner_id",
        "partner_invoice_id",
        "payment_term_id",
        "amount_total",
        "collection_hold_state",
        "collection_hold_ids.waits_for",
    )
    @api.depends_context("lang")
    def _compute_collection_banner(self):
        quotations = self._origin.filtered(
            lambda order: order.state in ("draft", "sent")
        )
        verdicts = quotations.sudo()._collection_verdict()
        for order in self:
            stored = order._origin.sudo()
            facts = (
                stored.collection_hold_id._get_banner()
                or stored._collection_get_banner(verdicts.get(stored.id))
                or (not stored and order.sudo()._collection_get_customer_banner())
                or {}
            )
            order.collection_banner_level = facts.get("level", False)
            order.collection_can_request = facts.get("can_request", False)
            order.collection_banner = facts and self.env["ir.qweb"]._render(
                "sale_collection_hold.order_hold_banner", facts, minimal_qcontext=True
            )

    def _collection_get_banner(self, verdict):
        """Return what the banner shows of a verdict; nothing where nothing is wrong."""
        if not verdict or verdict["strength"] == "none":
            return {}
        strength = verdict["strength"]
        return {
            "level": "warning" if strength == "warn" else "danger",
            "title": self._collection_get_verdict_title(strength),
            **self.env["sale.collection.hold"]._describe(verdict, self.company_id),
            "can_request": strength in ASKABLE,
        }

    def _collection_get_customer_banner(self):
        """Return what the banner of an order not saved yet shows of its customer."""
        customer = self.partner_id.commercial_partner_id.with_company(self.company_id)
        state = customer.collection_profile_id.hold_state
        if not state or state == "none":
            return {}
        return {
            "level": "warning" if state == "warn" else "danger",
            "title": self._collection_get_verdict_title(state),
        }

    @api.model
    def _collection_get_verdict_title(self, strength):
        """Say what a quotation would meet when it is confirmed."""
        titles = {
            "warn": self.env._("Before you confirm"),
            "limit": self.env._("Confirmed now, only a part can be supplied"),
            "prepay": self.env._("Confirmed now, supply waits for prepayment"),
            "hold": self.env._("Confirmed now, supply waits"),
            "refuse": self.env._("This order cannot be confirmed"),
        }
        return titles[strength]

    # === CRUD ===#

    def unlink(self):
        # EXTENDS: with the activities and messages of the holds
        self.sudo().collection_hold_ids.unlink()
        return super().unlink()

    # === ACTIONS ===#

    def action_collection_request_release(self):
        """Open the dialog that asks the credit controller for release."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ask for release"),
            "res_model": "sale.collection.hold.message",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_kind": "request", "default_order_id": self.id},
        }

    def action_collection_release(self):
        """Open the dialog that releases these orders."""
        return self._collection_get_open_holds().action_open_release()

    def action_collection_reject(self):
        """Open the dialog that says why these orders are not supplied."""
        return self._collection_get_open_holds().action_open_reject()

    def action_collection_notice(self):
        """Open the mail that tells the customer what frees supply."""
        self.ensure_one()
        return self._collection_get_open_holds().action_send_notice()

    def action_collection_check(self):
        """Show what every rule measures on this order."""
        self.ensure_one()
        return self.env["sale.collection.hold.preview"]._check_order(self)

    def action_open_collection_holds(self):
        """Open the holds this order has had."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_hold.hold_all_action"
        )
        return {**action, "domain": [("order_id", "=", self.id)], "context": {}}

    # === BUSINESS ===#

    def _collection_get_open_holds(self):
        """Return the holds that keep these orders back.

        :raise UserError: none of them is held
        """
        holds = self.collection_hold_id.filtered(lambda hold: hold.state in HELD_LEVELS)
        if not holds:
            raise UserError(self.env._("None of these orders is held."))
        return holds

    def _collection_ask_release(self, reason):
        """Put this order before the controller, held already or still a quotation."""
        self.ensure_one()
        self.check_access("write")
        hold = self.sudo().collection_hold_id.filtered(
            lambda hold: hold.state in HELD_LEVELS
        )
        if not hold:
            hold = self.sudo()._collection_propose_hold()
        hold.sudo(False)._ask_release(reason)
