from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...tools.promise import Instalment


class SaleCollectionPromise(models.Model):
    """Confirming a promise: it claims its instalments and replaces older ones."""

    _inherit = "sale.collection.promise"

    # === CONFIRM ===#

    def action_open(self, today=None):
        """Take the promise as given: it replaces open ones on the same invoices."""
        self.check_access("write")
        drafts = self.sudo().filtered(lambda promise: promise.state == "draft")
        for company, promises in drafts.grouped("company_id").items():
            promises._open(today or company._collection_today())
        drafts._queue_customers()

    def _open(self, today):
        self._add_rest()
        self._check_entry(today)
        self.env["account.move.line"]._collection_mirror()
        rivals = self._get_rivals()
        # What is past its grace has been broken before this promise was made.
        if rivals:
            rivals._evaluate(today)
        self._supersede(rivals)
        for promise in self:
            promise._start(today)
        late = self.filtered(lambda promise: promise.made_on < today)
        late._claim(SQL("receipt.booked_at < promise.opened_at"))
        (self - late)._claim(SQL("TRUE"))
        self._message_log_batch(
            {promise.id: promise._get_opened_log() for promise in self}
        )
        self._evaluate(today)

    def _get_opened_log(self):
        return self.env._(
            "Promise made: %(amount)s for %(date)s.",
            amount=self.currency_id.format(self.amount),
            date=format_date(self.env, self.date),
        )

    def _add_rest(self):
        """Turn a promise with a date for the rest into a plan of two payments."""
        for promise in self.filtered(
            lambda promise: (
                promise.kind == "single"
                and promise.rest_date
                and not promise.currency_id.is_zero(promise.rest_amount)
            )
        ):
            parts = [
                Instalment(promise.date, promise.amount),
                Instalment(promise.rest_date, promise.rest_amount),
            ]
            promise.write(
                {
                    "kind": "plan",
                    "amount": promise.amount + promise.rest_amount,
                    "plan_line_ids": [
                        fields.Command.clear(),
                        *(fields.Command.create(part._asdict()) for part in parts),
                    ],
                }
            )

    def _start(self, today):
        """Note when the promise was made and what the ledger knew then."""
        backdated = self.made_on < today
        midnight = fields.Datetime.to_datetime(self.made_on)
        self.allocation_ids.filtered(
            lambda part: self.currency_id.is_zero(part.amount)
        ).unlink()
        self.write(
            {
                "state": "open",
                "name": self.env["ir.sequence"].next_by_code(self._name),
                "level": self._get_levels().get(self.id, 1),
                "opened_at": midnight if backdated else fields.Datetime.now(),
                "receipt_mark": 0 if backdated else self._get_receipt_mark(),
            }
        )
        self.plan_line_ids.write({"state": "open"})

    @api.model
    def _get_receipt_mark(self):
        query = SQL("SELECT COALESCE(MAX(id), 0) FROM sale_collection_receipt")
        return self.env.execute_query(query)[0][0]

    def _supersede(self, rivals):
        """Close open promises these ones replace."""
        replaced = rivals.filtered(lambda promise: promise.state == "open")
        for promise in self:
            own = replaced & promise._get_rivals()
            own._close({"state": "superseded", "superseded_by_id": promise.id})
        replaced._message_log_batch(
            {
                promise.id: self.env._("Replaced by a new promise.")
                for promise in replaced
            }
        )

    def _claim(self, known):
        """Claim the instalments, noting what was open and paid on them.

        A second live promise on one of them fails on the unique index.

        :param SQL known: on `receipt`, the money known when the promise was made
        """
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """
                WITH known AS (
                    SELECT part.id,
                           COALESCE(MAX(receipt.id) FILTER (WHERE %(known)s), 0)
                               AS mark
                      FROM sale_collection_promise_allocation part
                      JOIN sale_collection_promise promise
                        ON promise.id = part.promise_id
                      LEFT JOIN sale_collection_receipt receipt
                        ON receipt.line_ref = part.line_ref
                     WHERE promise.id = ANY(%(ids)s)
                     GROUP BY part.id
                )
                UPDATE sale_collection_promise_allocation part
                   SET is_live = TRUE,
                       receipt_mark = known.mark,
                       amount_open = line.amount_residual + (
                           SELECT COALESCE(SUM(receipt.amount), 0)
                             FROM sale_collection_receipt receipt
                            WHERE receipt.line_ref = part.line_ref
                              AND receipt.id > known.mark)
                  FROM known, account_move_line line
                 WHERE known.id = part.id AND line.id = part.line_id
                RETURNING part.id
                """,
                ids=self.ids,
                known=known,
            )
        )
        self.allocation_ids.invalidate_recordset(
            ["is_live", "amount_open", "receipt_mark"]
        )

    # === OTHER PROMISES ON THE SAME DEBT ===#

    def _get_rivals(self):
        """Return the open promises on the same instalments, or standing as well."""
        rivals = self.browse()
        standing = self.filtered(lambda promise: promise.kind == "standing")
        refs = (self - standing).allocation_ids.mapped("line_ref")
        if refs:
            rivals |= self.search(
                [
                    ("allocation_ids.line_ref", "in", refs),
                    ("allocation_ids.is_live", "=", True),
                    ("state", "=", "open"),
                ]
            ).filtered(lambda rival: rival._claims(refs))
        if standing:
            rivals |= self.search(
                [
                    ("profile_id", "in", standing.profile_id.ids),
                    ("kind", "=", "standing"),
                    ("state", "=", "open"),
                ]
            )
        return rivals - self

    def _claims(self, refs):
        return any(
            part.is_live and part.line_ref in refs for part in self.allocation_ids
        )

    def _get_levels(self):
        """Return {promise id: n}, the n-th promise on its debt; kept ones not counted.

        A promise not yet saved has the key 0.
        """
        levels = {}
        for promise in self:
            refs = promise.allocation_ids.mapped("line_ref")
            levels[promise._origin.id or 0] = 1 + promise._get_last_level(refs)
        return levels

    def _get_last_level(self, refs):
        self.flush_model(["state", "level"])
        self.allocation_ids.flush_model(["promise_id", "line_ref"])
        [[level]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(MAX(promise.level), 0)
                  FROM sale_collection_promise_allocation part
                  JOIN sale_collection_promise promise ON promise.id = part.promise_id
                 WHERE part.line_ref = ANY(%s)
                   AND promise.state NOT IN ('draft', 'kept')
                   AND promise.id <> %s
                """,
                refs,
                self._origin.id or 0,
            )
        )
        return level
