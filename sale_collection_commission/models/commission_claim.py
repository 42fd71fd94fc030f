import logging

from odoo import api, fields, models

_logger = logging.getLogger(__name__)


class SaleCollectionCommissionClaim(models.Model):
    """A share of a posted invoice line, as it was when the invoice was posted."""

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
        """Keep the shares of the lines of invoices that are being posted.

        An error is logged and never stops the posting.
        """
        shares = self.env["sale.collection.commission.share"]
        if not moves or not shares.search_count([], limit=1):
            return
        # What accounting has pending must not be lost with our savepoint.
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                self._rewrite_claims(moves)
                self.env.flush_all()
        except Exception:
            _logger.exception("Commission shares not frozen: invoices %s", moves.ids)
            self.env.transaction.clear()

    @api.model
    def _rewrite_claims(self, moves):
        """Give the lines of invoices the shares that are set now.

        Lines of a credit note take those of the lines they take back.
        """
        self.search([("move_id", "in", moves.ids)]).unlink()
        lines = moves.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        by_target = self._read_shares(lines)
        originals = self._read_original_claims(lines)
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
                for share in (
                    originals[line]
                    if line in originals
                    else self._pick_shares(line, by_target)
                )
            ]
        )

    @api.model
    def _read_original_claims(self, lines):
        """Return {credit note line: the claims on the invoice line it takes back}.

        Lines are told by product and text; of several alike, by their order.
        """
        origins = lines.move_id.reversed_entry_id
        claims = self.search([("move_id", "in", origins.ids)]).grouped("move_line_id")
        found = {}
        for move, own in lines.grouped("move_id").items():
            twins = move.reversed_entry_id.invoice_line_ids.grouped(self._get_likeness)
            for likeness, alike in own.grouped(self._get_likeness).items():
                pairs = zip(alike, twins.get(likeness, ()), strict=False)
                found |= {line: claims.get(twin, self) for line, twin in pairs}
        return found

    @api.model
    def _get_likeness(self, line):
        """Return what tells a line of an invoice from the others."""
        return line.product_id, line.name

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
