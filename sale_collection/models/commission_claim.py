from odoo import api, fields, models


class SaleCollectionCommissionClaim(models.Model):
    """Who earns on a posted invoice line: the shares as they were when posted."""

    _name = "sale.collection.commission.claim"
    _description = "Frozen commission share"
    _order = "id"
    _log_access = False

    move_id = fields.Many2one(
        "account.move", required=True, index=True, ondelete="cascade"
    )
    move_line_id = fields.Many2one(
        "account.move.line", required=True, index=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", string="Rep", ondelete="restrict")
    agent_id = fields.Many2one("res.partner", ondelete="restrict")
    percent = fields.Float(required=True)

    @api.model
    def _freeze(self, moves):
        """Keep the shares of the lines of invoices that are being posted."""
        shares = self.env["sale.collection.commission.share"]
        if not moves or not shares.search_count([], limit=1):
            return
        self.search([("move_id", "in", moves.ids)]).unlink()
        lines = moves.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        by_target = self._read_shares(lines)
        self.create(
            [
                {
                    "move_id": line.move_id.id,
                    "move_line_id": line.id,
                    "user_id": share.user_id.id,
                    "agent_id": share.agent_id.id,
                    "percent": share.percent,
                }
                for line in lines
                for share in self._pick_shares(line, by_target)
            ]
        )

    @api.model
    def _read_shares(self, lines):
        """Return {record: its shares} of all that lines can take shares from."""
        sources = {
            "move_line_id": lines,
            "order_line_id": lines.sale_line_ids,
            "order_id": lines.sale_line_ids.order_id,
            "partner_id": lines.move_id.commercial_partner_id,
        }
        shares = self.env["sale.collection.commission.share"]
        by_target = {}
        for target, records in sources.items():
            found = shares.search([(target, "in", records.ids)])
            by_target.update(found.grouped(target))
        return by_target

    @api.model
    def _pick_shares(self, line, by_target):
        """Return the shares closest to an invoice line."""
        candidates = (
            line,
            line.sale_line_ids[:1],
            line.sale_line_ids.order_id[:1],
            line.move_id.commercial_partner_id,
        )
        return next(
            (by_target[record] for record in candidates if record in by_target), []
        )
