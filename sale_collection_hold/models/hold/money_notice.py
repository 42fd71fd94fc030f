from odoo import models


class SaleCollectionMoneyNotice(models.Model):
    """Whoever sells hears which orders the money has freed."""

    _inherit = "sale.collection.money.notice"

    def _get_extra(self):
        # EXTENDS: orders whose hold this money has cured
        extra = super()._get_extra()
        freed = self._collect_freed_holds()
        for notice in self:
            if holds := freed.get(notice.profile_id):
                sentence = self.env._(
                    "No longer on hold: %(orders)s",
                    orders=", ".join(holds.order_id.mapped("name")),
                )
                extra[notice] = [*extra.get(notice, ()), sentence]
        return extra

    def _collect_freed_holds(self):
        """Return {profile: holds this money has made ready}."""
        if not self:
            return {}
        holds = self.env["sale.collection.hold"].search(
            [
                ("profile_id", "in", self.profile_id.ids),
                ("state", "=", "ready"),
                ("ready_at", ">=", min(self.receipt_ids.mapped("booked_at"))),
            ]
        )
        return holds.grouped("profile_id")
