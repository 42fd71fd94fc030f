from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL, split_every

from odoo.addons.sale_collection.models.core.planner import tell_planner

from ...tools import accrual
from ...tools.commission_plan import is_cleared
from .commission_entry import IS_LIVE, MONEY_KINDS

INVOICE_BATCH = 5000

# More rows of money than that are no day's money: the first run is still to come.
MOST_WAITING = 2000


class SaleCollectionCommissionAccrual(models.AbstractModel):
    """Brings the entries to what the money calls for.

    It collects facts in batch, decides on plain values and appends entries. What was
    decided after an entry was booked changes it only when a manager recomputes, and
    never once it is settled.
    """

    _name = "sale.collection.commission.accrual"
    _description = "Commission accrual"

    @api.model
    def _accrue(self, today=None):
        """Append the entries that are missing and take back those of undone money.

        :param date today: each company's own when left out
        :return: number of entries appended
        """
        self.env.flush_all()
        entries = self.env["sale.collection.commission.entry"]
        advances = self.env["sale.collection.commission.advance"]
        taken_back = self._take_back_undone() + self._take_back_uncleared(today)
        appended = len(taken_back) + advances._book_advances(today)
        self.env["sale.collection.commission.gap"]._forget_undone()
        facts = self.env["sale.collection.commission.facts"]
        fresh = facts._get_fresh_receipts(today)
        for moves in split_every(INVOICE_BATCH, fresh, list):
            receipt_ids = [row_id for move in moves for row_id in fresh[move]]
            appended += self._book_receipts(receipt_ids, today)
        # Batches are small beside what came before them; together they are not.
        tell_planner(self.env, entries._table, appended)
        appended += self._renew_refunds({*fresh, *taken_back}, today)
        appended += entries._close_cents(sorted(set(taken_back)))
        appended += advances._claw_back(today)
        appended += self.env["sale.collection.commission.period"]._book_periods(today)
        entries.invalidate_model(flush=False)
        return appended

    # === MONEY ===#

    @api.model
    def _book_receipts(self, receipt_ids, today=None):
        """Book what rows of money earn and note on which of them nobody earns.

        :return: number of entries appended
        """
        entries, gaps = self._judge_receipts(receipt_ids, today)
        self.env["sale.collection.commission.gap"]._record_gaps(receipt_ids, gaps)
        return self.env["sale.collection.commission.entry"]._append(entries)

    @api.model
    def _judge_receipts(self, receipt_ids, today=None):
        """Return the entries and gaps of rows of money as values; write nothing."""
        facts = self.env["sale.collection.commission.facts"]
        receipts = facts._collect_receipts(receipt_ids)
        return accrual.decide(receipts, facts._collect_facts(receipts, today))

    @api.model
    def _collect_waiting(self, chosen, today=None):
        """Return what the next run books: commission on money that came since.

        Less what was booked on money undone since.

        :param SQL chosen: condition on `receipt`
        :return: {(company, rep, agent): (amount, in company currency)}
        """
        self.env.flush_all()
        facts = self.env["sale.collection.commission.facts"]
        fresh = facts._get_fresh_receipts(today, chosen)
        ids = [row_id for rows in fresh.values() for row_id in rows]
        entries = []
        if 0 < len(ids) <= MOST_WAITING:
            entries, _gaps = self._judge_receipts(ids, today)
        rows = [
            *(
                (
                    *(entry.company_id, entry.user_id, entry.agent_id),
                    *(entry.amount, entry.amount_company),
                )
                for entry in entries
            ),
            *self._collect_undone(chosen),
        ]
        waiting = defaultdict(lambda: (0.0, 0.0))
        for *earner, amount, amount_company in rows:
            before = waiting[tuple(earner)]
            waiting[tuple(earner)] = before[0] + amount, before[1] + amount_company
        return dict(waiting)

    @api.model
    def _collect_undone(self, chosen):
        """Return what the next run takes back of money undone, negative, by earner."""
        return self.env.execute_query(
            SQL(
                """
                SELECT entry.company_id, entry.user_id, entry.agent_id,
                       -SUM(entry.amount)::float8, -SUM(entry.amount_company)::float8
                  FROM sale_collection_receipt undo
                  JOIN sale_collection_receipt receipt
                    ON receipt.id = undo.reversal_of_id
                  JOIN sale_collection_commission_entry entry
                    ON entry.receipt_id = receipt.id AND entry.reversal_of_id IS NULL
                 WHERE %s AND %s
                 GROUP BY entry.company_id, entry.user_id, entry.agent_id
                """,
                chosen,
                IS_LIVE,
            )
        )

    @api.model
    def _renew_refunds(self, move_ids, today=None):
        """Book the refunds of invoices again whose money has changed since.

        What was settled is taken back as well, like that of money undone.

        :return: number of entries appended
        """
        refunds = self.env["sale.collection.commission.refund"]
        refund_ids = move_ids and refunds._find_refunds(move_ids)
        if not refund_ids:
            return 0
        return self._book_anew(refund_ids, self._get_live_sql(refund_ids), today)

    @api.model
    def _take_back_undone(self):
        """Answer each undone row of money with the exact negative of its entries.

        :return: ids of the invoices concerned, one item an entry
        """
        return self.env["sale.collection.commission.entry"]._reverse(
            SQL(
                """SELECT entry.id AS entry_id, undo.id AS receipt_id
                     FROM sale_collection_receipt undo
                     JOIN sale_collection_commission_entry entry
                       ON entry.receipt_id = undo.reversal_of_id"""
            )
        )

    # === MONEY NOT CLEARED ===#

    @api.model
    def _take_back_uncleared(self, today=None):
        """Take back the entries of money whose bank line was unmatched since.

        Only plans that wait for money to clear do so.

        :return: ids of the invoices concerned, one item an entry
        """
        entries = self.env["sale.collection.commission.entry"]
        facts = self.env["sale.collection.commission.facts"]
        plans = self.env["sale.collection.commission.plan"]._search_with_replaced(
            [("clearing", "=", "cleared")]
        )
        taken_back = []
        for plan in plans:
            rules = plan._get_rules()
            day = today or plan.company_id._collection_today()
            receipts = facts._collect_receipts(self._get_unbanked_receipts(plan))
            lost = [row.id for row in receipts if not is_cleared(rules, row, day)]
            taken_back += entries._reverse(self._get_pairs_sql(plan, lost))
        return taken_back

    @api.model
    def _get_pairs_sql(self, plan, receipt_ids):
        """SQL of the entries of a plan on rows of money, and that money."""
        return SQL(
            """SELECT id AS entry_id, receipt_id
                 FROM sale_collection_commission_entry
                WHERE plan_id = %s AND receipt_id = ANY(%s)""",
            plan.id,
            receipt_ids,
        )

    @api.model
    def _get_unbanked_receipts(self, plan):
        """Return rows of payments without bank line that a plan has paid on."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT entry.receipt_id
                  FROM sale_collection_commission_entry entry
                  JOIN sale_collection_receipt receipt
                    ON receipt.id = entry.receipt_id
                  JOIN account_move_line other
                    ON other.id = receipt.counterpart_line_id
                  JOIN account_payment payment ON payment.move_id = other.move_id
                  JOIN account_journal journal ON journal.id = other.journal_id
                 WHERE entry.plan_id = %s AND entry.reversal_of_id IS NULL
                   AND payment.is_matched IS NOT TRUE AND journal.type <> 'cash'
                   AND %s
                """,
                plan.id,
                IS_LIVE,
            )
        )
        return [row[0] for row in rows]

    # === RECOMPUTE ===#

    @api.model
    def _find_unsettled(self, domain, gap_domain=None):
        """Return the ids of the money whose unsettled entries a domain selects.

        :param gap_domain: also the money without commission this selects
        """
        entries = self.env["sale.collection.commission.entry"].search(
            [
                *domain,
                ("kind", "in", MONEY_KINDS),
                ("receipt_id", "!=", False),
                ("reversal_of_id", "=", False),
                ("settlement_id", "=", False),
            ]
        )
        receipts = entries.receipt_id
        if gap_domain is not None:
            gaps = self.env["sale.collection.commission.gap"].search(gap_domain)
            receipts |= gaps.receipt_id
        return receipts.ids

    @api.model
    def _preview_changes(self, receipt_ids):
        """Return what booking rows of money again would change; change nothing.

        By the plans, shares, salespeople, due dates and disputes of now.

        :return: {(money, invoice, rep, agent, currency): (amount now, amount then)}
            where they differ; settled entries stay out of it
        """
        self.env.flush_all()
        live = self._get_live_sql(receipt_ids, only_unsettled=True)
        before = self._collect_live(live)
        entries, __ = self._judge_anew(receipt_ids, before, is_current=True)
        return self._compare_places(before, entries)

    @api.model
    def _compare_places(self, before, entries):
        """Return {place: (amount now, amount then)} where entries are not as before."""
        after = {}
        for entry in entries:
            key = self._get_place(entry._asdict())
            after[key] = (entry.amount, entry.exact)
        sums = defaultdict(lambda: [0.0, 0.0])
        for key in before.keys() | after.keys():
            now, then = before.get(key, (0.0, 0.0)), after.get(key, (0.0, 0.0))
            if abs(now[1] - then[1]) > 1e-6 or (key in before) != (key in after):
                place = sums[key[:5]]
                place[0] += now[0]
                place[1] += then[0]
        return {place: tuple(amounts) for place, amounts in _sort_places(sums)}

    @api.model
    def _judge_anew(self, receipt_ids, before, today=None, *, is_current=False):
        """Return the entries and gaps of rows of money without those of `before`.

        Where a row has settled entries as well, nobody joins those who had some.

        :param before: {place: (amount, exact)} of the entries to be replaced
        :param is_current: by the salespeople, due dates and shares of now
        """
        reader = self.env["sale.collection.commission.facts"]
        receipts = reader._collect_receipts(receipt_ids, is_current)
        facts = reader._collect_facts(receipts, today)
        if is_current:
            moves = self.env["account.move"].browse({row.move_id for row in receipts})
            claims = self.env["sale.collection.commission.claim"]._get_claims(moves)
            facts = facts._replace(claims=claims, pays_renamed=True)
        booked = dict(facts.booked)
        replaced = set()
        for place, (amount, exact) in before.items():
            receipt_id, move_id, user_id, agent_id, _currency, *rest = place
            group = (move_id, user_id, agent_id, *rest)
            exact_sum, amount_sum = booked.get(group, (0.0, 0.0))
            booked[group] = (exact_sum - exact, amount_sum - amount)
            replaced.add((receipt_id, user_id, agent_id, rest[-1]))
        have = facts.have - replaced
        judged = set(receipt_ids)
        earned = {k: own for k, own in facts.earned.items() if k not in judged}
        facts = facts._replace(booked=booked, have=have, earned=earned)
        entries, gaps = accrual.decide(receipts, facts)
        settled = {row[0] for row in have}
        return [
            entry
            for entry in entries
            if entry.receipt_id not in settled
            or (entry.receipt_id, entry.user_id, entry.agent_id, entry.kind) in replaced
        ], gaps

    @api.model
    def _get_place(self, values):
        """Return what tells entries apart: money, earner, plan, rate and kind."""
        names = ("receipt_id", "move_id", "user_id", "agent_id", "currency_id")
        return tuple(values[name] for name in (*names, "plan_id", "rate_id", "kind"))

    @api.model
    def _recompute_money(self, receipt_ids):
        """Book rows of money again as things stand now; settled entries stay.

        Refunds follow the money they give back.

        :return: number of entries appended
        """
        moves = self.env["sale.collection.receipt"].browse(receipt_ids).move_id
        # What comes later, and refunds, go by the shares of now as well.
        self.env["sale.collection.commission.claim"]._renew_claims(moves)
        self.env.flush_all()
        live = self._get_live_sql(receipt_ids, only_unsettled=True)
        appended = self._book_anew(receipt_ids, live, is_current=True)
        appended += self._renew_refunds(set(moves.ids))
        self.env["sale.collection.commission.entry"].invalidate_model(flush=False)
        return appended

    @api.model
    def _book_anew(self, receipt_ids, live, today=None, *, is_current=False):
        """Replace live entries of rows of money where they would be others now.

        :param SQL live: query of the entries to be replaced
        :return: number of entries appended
        """
        entries = self.env["sale.collection.commission.entry"]
        before = self._collect_live(live)
        new, gaps = self._judge_anew(receipt_ids, before, today, is_current=is_current)
        changed = {place[0] for place in self._compare_places(before, new)}
        lost = SQL(
            "SELECT * FROM (%s) live WHERE receipt_id = ANY(%s)", live, [*changed]
        )
        moves = entries._reverse(lost)
        appended = len(moves) + entries._append(
            [entry for entry in new if entry.receipt_id in changed]
        )
        self.env["sale.collection.commission.gap"]._record_gaps(
            sorted(changed), [gap for gap in gaps if gap.receipt_id in changed]
        )
        return appended + entries._close_cents(sorted(set(moves)))

    @api.model
    def _collect_live(self, live):
        """Return {place: (amount, exact)} of the entries of a query."""
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT entry.* FROM sale_collection_commission_entry entry
                  JOIN (%s) pair ON pair.entry_id = entry.id
                """,
                live,
            )
        )
        return {self._get_place(row): (row["amount"], row["exact"]) for row in rows}

    @api.model
    def _get_live_sql(self, receipt_ids, *, only_unsettled=False):
        """SQL of the live entries of rows of money, and that money."""
        unsettled = SQL("entry.settlement_id IS NULL")
        return SQL(
            """SELECT entry.id AS entry_id, entry.receipt_id
                 FROM sale_collection_commission_entry entry
                WHERE entry.receipt_id = ANY(%s) AND entry.kind = ANY(%s)
                  AND entry.reversal_of_id IS NULL AND %s AND %s""",
            receipt_ids,
            list(MONEY_KINDS),
            unsettled if only_unsettled else SQL("TRUE"),
            IS_LIVE,
        )


def _sort_places(sums):
    """Return the items of sums by place, those without rep or agent included."""
    return sorted(sums.items(), key=lambda item: tuple(part or 0 for part in item[0]))
