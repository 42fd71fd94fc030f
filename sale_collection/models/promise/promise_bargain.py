from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.promise import split_oldest


class SaleCollectionPromiseBargain(models.AbstractModel):
    """What we give for a promise that is kept: support, or the rest of the debt.

    A plan may waive the rest: whoever pays 70,000 of 100,000 in time owes no more.
    Nothing is written off before: kept, the plan asks two people to write 30,000 off;
    broken, the customer owes what it owed.
    """

    _name = "sale.collection.promise.bargain"
    _description = "What is given for a promise"

    currency_id = fields.Many2one("res.currency")
    waives_rest = fields.Boolean(
        string="Waive the rest",
        help="Kept, this plan asks a credit controller to write off what it leaves "
        "open on its invoices. Broken, all of it is owed.",
    )
    waiver_amount = fields.Monetary(string="Waived", compute="_compute_waiver_amount")

    @api.depends(
        "waives_rest",
        "state",
        "amount",
        "allocation_ids.residual",
        "allocation_ids.waived",
    )
    def _compute_waiver_amount(self):
        for promise in self:
            parts = promise.allocation_ids
            if not promise.waives_rest:
                promise.waiver_amount = 0.0
            elif promise.state == "draft":
                rest = sum(parts.mapped("residual")) - promise.amount
                promise.waiver_amount = max(rest, 0.0)
            else:
                promise.waiver_amount = sum(parts.mapped("waived"))

    @api.constrains("waives_rest", "kind")
    def _check_waiver(self):
        if any(promise.waives_rest and promise.kind != "plan" for promise in self):
            raise ValidationError(
                self.env._("Waive the rest: only a payment plan does. Choose a plan.")
            )

    def _set_waived(self):
        """Note what plans that are given leave open, for as long as they stand."""
        for part in self.filtered("waives_rest").allocation_ids:
            rest = part.currency_id.round(part.amount_open - part.amount)
            part.waived = max(rest, 0.0)

    # === WHAT FOLLOWS FROM THE STATES ===#

    def _follow_bargain(self):
        """Bring what is given for these promises in line with their states."""
        supports = self.env["sale.collection.promise.support"].sudo()
        supports.search([("promise_id", "in", self.ids)])._follow()
        self.sudo().filtered("waives_rest")._follow_waivers()

    def _follow_waivers(self):
        """Ask for the write-offs of plans that are kept; take others back."""
        if not self:
            return
        requests = self.env["sale.collection.write.off"].sudo()
        requests = requests.search(
            [("promise_id", "in", self.ids), ("state", "!=", "rejected")]
        )
        kept = self.filtered(lambda promise: promise.state == "kept")
        # Money was undone: the plan is not kept any more.
        pending = requests.filtered(lambda one: one.state == "requested")
        pending.filtered(lambda one: one.promise_id not in kept)._close("rejected")
        (kept - requests.promise_id)._ask_waivers()

    def _ask_waivers(self):
        """Ask to write off what these kept plans waive, the oldest debts first.

        Four eyes: neither the collector nor whoever noted the plan approves it.
        """
        requests = self.env["sale.collection.write.off"]
        asked = requests.sudo().search(
            [
                ("line_id", "in", self.allocation_ids.line_id.ids),
                ("state", "=", "requested"),
            ]
        )
        rests = self._collect_rests(self.allocation_ids.line_id - asked.line_id)
        for user, promises in self.grouped("create_uid").items():
            requests.with_user(user).sudo().create(
                [
                    values
                    for promise in promises
                    for values in promise._prepare_waivers(rests)
                ]
            )

    @api.model
    def _collect_rests(self, lines):
        """Return {instalment: what can be waived of it}; addons know of bills in hand.

        Money dated ahead is on its way: it leaves nothing to waive.
        """
        return {line: max(line._get_rest(), 0.0) for line in lines}

    def _prepare_waivers(self, rests):
        """Return the requests of a kept plan, for the instalments of `rests` alone."""
        lines = self.allocation_ids.sorted("due_date").line_id
        lines = lines.filtered(lambda line: line in rests)
        parts = split_oldest(
            self.waiver_amount,
            [rests[line] for line in lines],
            self.currency_id.decimal_places,
        )
        return [
            {
                "promise_id": self.id,
                "profile_id": self.profile_id.id,
                "line_id": line.id,
                "move_id": line.move_id.id,
                "amount": part,
                "kind": "waiver",
                "user_id": self.user_id.id,
                "state": "requested",
                "note": self.env._("%(promise)s was kept.", promise=self.name),
            }
            for line, part in zip(lines, parts, strict=True)
            if not self.currency_id.is_zero(part)
        ]
