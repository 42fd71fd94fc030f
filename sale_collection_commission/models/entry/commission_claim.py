import logging
from collections import defaultdict

from odoo import api, fields, models

from ...tools.commission_plan import Claim

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
    order_line_id = fields.Many2one(
        "sale.order.line",
        ondelete="cascade",
        index="btree_not_null",
        help="The order line that this part of a down payment stands for.",
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
        self.create(self._prepare_claims(moves))

    @api.model
    def _renew_claims(self, moves):
        """Give posted invoices, and what credits them, the shares that are set now."""
        if self._is_unused():
            return
        for own in self._get_families(moves):
            self._rewrite_claims(own)

    @api.model
    def _get_claims(self, moves):
        """Return {line id: claims} of invoices by the shares that are set now."""
        if self._is_unused():
            return {}
        invoices, notes = self._get_families(moves)
        values = self._prepare_claims(invoices)
        by_line = defaultdict(list)
        for own in values:
            by_line[own["move_line_id"]].append(own)
        claims = defaultdict(list)
        for own in values + self._prepare_claims(notes, by_line):
            key, part = own["move_line_id"], own["order_line_id"]
            claims[(key, part) if part else key].append(
                Claim(
                    own["user_id"] or None,
                    own["agent_id"] or None,
                    own["percent"] / 100,
                )
            )
        return claims

    @api.model
    def _is_unused(self):
        """Return whether nobody has shares, and nobody had some: in most books."""
        shares = self.env["sale.collection.commission.share"]
        return not (shares.search_count([], limit=1) or self.search_count([], limit=1))

    @api.model
    def _get_families(self, moves):
        """Return posted invoices of `moves` or credited by these, and their notes."""
        invoices = moves | moves.reversed_entry_id
        family = (invoices | invoices.reversal_move_ids).filtered(
            lambda move: move.state == "posted"
        )
        notes = family.filtered("reversed_entry_id")
        return family - notes, notes

    @api.model
    def _prepare_claims(self, moves, by_line=None):
        """Return the values of claims on the lines of invoices.

        :param by_line: {invoice line id: values of its claims} that credit notes take
            over; those that are kept when left out
        """
        lines = moves.invoice_line_ids.filtered(
            lambda line: line.display_type == "product"
        )
        down_payments = self.env["sale.collection.commission.down.payment"]
        parts = down_payments._get_parts(lines)
        by_target = self._read_shares(lines, parts)
        if by_line is None:
            by_line = self._read_kept_values(lines.move_id.reversed_entry_id)
        originals = self._find_originals(lines)
        values = []
        for line in lines:
            if line in originals:
                own = by_line.get(originals[line].id, ())
            else:
                sold = parts.get(line) or line.sale_line_ids[:1]
                shares = self._pick_shares(line, sold, line in parts, by_target)
                own = [self._prepare_claim(share, part) for part, share in shares]
            place = {"move_id": line.move_id.id, "move_line_id": line.id}
            values += [{**claim, **place} for claim in own]
        return values

    @api.model
    def _prepare_claim(self, share, order_line):
        """Return the values of a claim that takes a share, or a claim, over."""
        return {
            "order_line_id": order_line.id,
            "user_id": share.user_id.id,
            "agent_id": share.agent_id.id,
            "percent": share.percent,
        }

    @api.model
    def _read_kept_values(self, moves):
        """Return {line id: values of the claims that are kept of it} of invoices."""
        by_line = defaultdict(list)
        for claim in self.search([("move_id", "in", moves.ids)]):
            values = self._prepare_claim(claim, claim.order_line_id)
            by_line[claim.move_line_id.id].append(values)
        return by_line

    @api.model
    def _find_originals(self, lines):
        """Return {credit note line: the invoice line it takes back}.

        Lines are told by product and text; of several alike, by their order.
        """
        found = {}
        for move, own in lines.grouped("move_id").items():
            twins = move.reversed_entry_id.invoice_line_ids.grouped(self._get_likeness)
            for likeness, alike in own.grouped(self._get_likeness).items():
                found |= dict(zip(alike, twins.get(likeness, ()), strict=False))
        return found

    @api.model
    def _get_likeness(self, line):
        """Return what tells a line of an invoice from the others."""
        return line.product_id, line.name

    @api.model
    def _read_shares(self, lines, parts):
        """Return {record: its shares} of all that lines can take shares from."""
        sources = {
            "move_line_id": lines,
            "order_line_id": lines.sale_line_ids.union(
                *(own for sold in parts.values() for own in sold)
            ),
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
    def _pick_shares(self, line, sold, is_divided, by_target):
        """Return pairs (order line of a part or none, share) closest to a line.

        :param sold: the order lines it is for
        :param bool is_divided: it stands for several of them, a down payment
        """
        nothing = self.env["sale.order.line"]
        if line in by_target:
            return [(nothing, share) for share in by_target[line]]
        found = []
        for own in sold or [nothing]:
            candidates = (own, own.order_id, line.move_id.commercial_partner_id)
            shares = next(
                (by_target[record] for record in candidates if record in by_target), []
            )
            found += [(own if is_divided else nothing, share) for share in shares]
        return found
