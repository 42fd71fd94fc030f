from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.ledger.judged_due import (
    join_moved,
    judged_due,
)

from ...tools.accrual import Facts
from ...tools.commission_plan import Claim, Line, Receipt
from .bulk import ids_sql
from .commission_entry import IS_LIVE

# Maturity of a payment is the day on its own line: cheques and bills.
MATURES_ON = SQL(
    """COALESCE((SELECT MAX(own.date_maturity)
                   FROM account_move_line own
                  WHERE own.move_id = payment.move_id
                    AND own.account_id = payment.outstanding_account_id),
                receipt.date)"""
)


class SaleCollectionCommissionFacts(models.AbstractModel):
    """Reads what decides about commission, for many invoices at once.

    It writes nothing. Who is to earn what is decided on its values in `tools`.
    """

    _name = "sale.collection.commission.facts"
    _description = "Facts for commission"

    # === WHICH MONEY ===#

    @api.model
    def _get_fresh_receipts(self, today=None, chosen=None):
        """Return {invoice id: ids of its rows of money to judge}, refunds last.

        Money without entries nobody has judged yet, and what is to be judged again: a
        plan has changed, or money that waited may have cleared. Money dated ahead
        waits.

        :param today: the companies' own when left out
        :param SQL chosen: condition on `receipt`; all when left out
        """
        starts = self._get_plan_starts(today)
        if not starts:
            return {}
        starts = SQL(
            "(VALUES %s) AS start (company_id, day, with_losses, today)",
            SQL(", ").join(starts),
        )
        # Two selections and not one with OR: then both are joins, and money long
        # judged is not looked up row by row.
        conditions = (self._get_unjudged_sql(), self._get_judged_again_sql(starts))
        rows = self.env.execute_query(
            SQL(
                """
                SELECT fresh.move_id, ARRAY_AGG(fresh.id)
                  FROM (%s) fresh
                 GROUP BY fresh.move_id, fresh.move_type
                 ORDER BY fresh.move_type = 'out_refund', fresh.move_id
                """,
                SQL(" UNION ALL ").join(
                    self._get_receipts_sql(starts, chosen, condition)
                    for condition in conditions
                ),
            )
        )
        return dict(rows)

    @api.model
    def _get_receipts_sql(self, starts, chosen, condition):
        """Select rows of money that stand and that plans may be for, on a condition."""
        return SQL(
            """
            SELECT receipt.id, receipt.move_id, move.move_type
              FROM sale_collection_receipt receipt
              JOIN %(starts)s
                ON start.company_id = receipt.company_id
               AND receipt.date <= start.today
              JOIN account_move move ON move.id = receipt.move_id
               AND GREATEST(receipt.date, move.invoice_date) >= start.day
             WHERE receipt.reversal_of_id IS NULL
               AND receipt.counterpart_ref NOT IN (%(uncleared)s)
               AND %(chosen)s
               AND (receipt.kind = 'cash'
                    OR receipt.kind = 'write_off' AND (start.with_losses OR %(is_fee)s))
               AND NOT EXISTS (
                   SELECT FROM sale_collection_receipt undo
                    WHERE undo.reversal_of_id = receipt.id)
               AND %(condition)s
            """,
            starts=starts,
            uncleared=self.env["sale.collection.cover"]._get_uncleared_sql(),
            chosen=chosen or SQL("TRUE"),
            is_fee=self._get_fee_sql("receipt"),
            condition=condition,
        )

    @api.model
    def _get_unjudged_sql(self):
        """SQL: nobody has judged `receipt` yet."""
        return SQL(
            """NOT EXISTS (
                SELECT FROM sale_collection_commission_gap gap
                 WHERE gap.receipt_id = receipt.id)
               AND NOT EXISTS (
                SELECT FROM sale_collection_commission_entry entry
                 WHERE entry.receipt_id = receipt.id
                   AND entry.reversal_of_id IS NULL AND %s)""",
            IS_LIVE,
        )

    @api.model
    def _get_judged_again_sql(self, starts):
        """SQL: `receipt` is to be judged again by the plans of now.

        What cannot have cleared by the day of `start`, by any plan, goes on waiting:
        where the bank is not matched with the books all money does.
        """
        return SQL(
            """receipt.id IN (
                SELECT gap.receipt_id
                  FROM sale_collection_commission_gap gap
                  JOIN %(starts)s ON start.company_id = gap.company_id
                  JOIN sale_collection_receipt receipt ON receipt.id = gap.receipt_id
                  LEFT JOIN account_move_line other
                         ON other.id = receipt.counterpart_line_id
                  LEFT JOIN account_journal journal ON journal.id = other.journal_id
                  LEFT JOIN account_payment payment
                         ON payment.move_id = other.move_id
                        AND payment.is_matched IS NOT TRUE AND journal.type <> 'cash'
                 WHERE gap.is_stale OR gap.reason = 'not_cleared'
                 GROUP BY gap.receipt_id
                HAVING BOOL_OR(gap.is_stale)
                       OR NOT BOOL_OR(payment.id IS NOT NULL AND NOT EXISTS (
                           SELECT FROM sale_collection_commission_form form
                            WHERE form.journal_id = journal.id AND form.matures
                              AND %(matures_on)s + COALESCE(form.term_days, 0)
                                  <= start.today)))""",
            starts=starts,
            matures_on=MATURES_ON,
        )

    @api.model
    def _get_plan_starts(self, today=None):
        """Return SQL rows (company, first day of a plan, if losses cost, today)."""
        plans = self.env["sale.collection.commission.plan"].search(
            [("active", "=", True)]
        )
        companies = self.env["res.company"].search(
            [("id", "child_of", plans.company_id.ids)]
        )
        starts = []
        for company in companies:
            own = plans.filtered(
                lambda plan, c=company: plan.company_id in c.parent_ids
            )
            day, losses = min(own.mapped("date_from")), any(own.mapped("loss_percent"))
            starts.append(
                SQL(
                    "(%s, %s::date, %s, %s::date)",
                    company.id,
                    day,
                    losses,
                    today or company._collection_today(),
                )
            )
        return starts

    @api.model
    def _get_fee_sql(self, alias, *, of_any_day=False):
        """SQL: a row of the ledger is a bank fee that its company counts as money.

        It is kept back in the very entry the money came by, by nothing but fees.

        :param of_any_day: also before the day from which fees earn commission
        """
        if not self.env["res.company"].search_count(
            [("collection_fee_account_ids", "!=", False)], limit=1
        ):
            return SQL("FALSE")
        return SQL(
            """(%(row)s.kind = 'write_off' AND (
                SELECT BOOL_AND(fee.account_id IS NOT NULL)
                       AND (%(of_any_day)s
                            OR MAX(own.collection_fee_from) <= %(row)s.date)
                  FROM account_move_line paid_by
                  JOIN account_move_line part ON part.move_id = paid_by.move_id
                  JOIN account_account account ON account.id = part.account_id
                  JOIN res_company own ON own.id = %(row)s.company_id
                  LEFT JOIN collection_fee_account_rel fee
                         ON fee.company_id = own.id AND fee.account_id = account.id
                 WHERE paid_by.id = %(row)s.counterpart_line_id
                   AND account.account_type ~ '^(income|expense)'))""",
            row=SQL.identifier(alias),
            of_any_day=of_any_day,
        )

    # === COLLECT ===#

    @api.model
    def _collect_facts(self, receipts, today=None):
        """Return the facts that decide about rows of money.

        :param today: day that clears money; the companies' own when left out
        """
        move_ids = list({receipt.move_id for receipt in receipts})
        companies = self.env["res.company"].browse({r.company_id for r in receipts})
        plans = self._collect_plans(companies)
        # Any plan's rates, also those of drafts that are only tried out.
        rates = self.env["sale.collection.commission.rate"]
        asks = bool(rates.search([("customer", "!=", False)], limit=1))
        lines = self._collect_lines(receipts, asks)
        team_ids = list({receipt.team_id for receipt in receipts})
        teams = self.env["crm.team"].browse(filter(None, team_ids))
        todays = {c.id: today or c._collection_today() for c in companies}
        customers = self.env["sale.collection.commission.customer"]
        refunds = self.env["sale.collection.commission.refund"]
        originals = refunds._collect_originals(receipts, todays)
        booked, advances = self._collect_booked(move_ids)
        return Facts(
            plans=plans,
            lines=lines,
            today=todays,
            grace={company.id: company.collection_grace_days for company in companies},
            claims=self._collect_claims(move_ids),
            costs=self._collect_costs(lines, plans),
            customers=customers._collect_customers(receipts, asks),
            fault_days=self._collect_fault_days(
                [*receipts, *sum(originals.values(), [])]
            ),
            originals=originals,
            earned=refunds._collect_earned(originals),
            leaders={team.id: team.user_id.id for team in teams},
            advances=advances,
            have=self._collect_have(receipts),
            booked=booked,
            cache={},
        )

    @api.model
    def _collect_receipts(self, receipt_ids, is_current=False):
        """Return rows of money as values, by invoice in the order they came.

        :param is_current: by the salesperson and due date of now, not those of then
        """
        journal, clearing, payment = self._get_payment_sql()
        rep, team, days_late, judged = self._get_judged_sql(is_current)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT receipt.id, receipt.company_id, receipt.move_id,
                       receipt.partner_id, %(rep)s, %(team)s, receipt.line_id,
                       CASE WHEN %(is_fee)s THEN 'cash' ELSE receipt.kind END,
                       receipt.date,
                       CASE WHEN move.move_type = 'out_refund' THEN %(original)s
                            ELSE %(days_late)s END,
                       receipt.amount, receipt.amount_currency, receipt.currency_id,
                       currency.rounding, own_currency.rounding, %(journal)s,
                       COALESCE(move.invoice_date, move.date),
                       CASE WHEN move.move_type = 'entry' THEN (
                           SELECT ABS(own.amount_currency)
                             FROM account_move_line own
                            WHERE own.id = receipt.line_id)
                            ELSE move.amount_total END,
                       1 + (SELECT COUNT(*) FROM sale_collection_commission_entry entry
                             WHERE entry.receipt_id = receipt.id
                               AND entry.kind <> 'rounding'
                               AND entry.reversal_of_id IS NULL),
                       %(clearing)s, %(is_renamed)s, move.move_type = 'entry'
                  FROM sale_collection_receipt receipt
                  JOIN account_move move ON move.id = receipt.move_id
                  JOIN res_currency currency ON currency.id = receipt.currency_id
                  JOIN res_company company ON company.id = receipt.company_id
                  JOIN res_currency own_currency
                       ON own_currency.id = company.currency_id
                  %(judged)s
                  %(payment)s
                  %(moved)s
                 WHERE receipt.id = ANY(%(ids)s) AND move.state = 'posted'
                 ORDER BY receipt.move_id, receipt.date, receipt.id
                """,
                ids=ids_sql(receipt_ids),
                rep=rep,
                team=team,
                days_late=days_late,
                judged=judged,
                is_fee=self._get_fee_sql("receipt"),
                is_renamed=self._get_renamed_sql(),
                original=self._get_original_lateness(),
                journal=journal,
                clearing=clearing,
                payment=payment,
                moved=join_moved(SQL("receipt.line_id")),
            )
        )
        return [Receipt(*row) for row in rows]

    @api.model
    def _get_judged_sql(self, is_current):
        """SQL of salesperson, team and days late of `receipt`, and its join.

        Of then, or of now.
        """
        names = ("user_id", "team_id", "days_late")
        then = [SQL("receipt.%s", SQL.identifier(name)) for name in names]
        if not is_current:
            return *then, SQL()
        due = self.env["res.company"]._collection_working_day_sql(
            SQL("company"), judged_due(SQL("COALESCE(line.date_maturity, line.date)"))
        )
        # Opening balances have no salesperson of their own.
        own = "CASE WHEN move.move_type = 'entry' THEN %s ELSE move.%s END"
        return [
            SQL(own, then[0], SQL.identifier("invoice_user_id")),
            SQL(own, then[1], SQL.identifier("team_id")),
            SQL(
                "CASE WHEN line.id IS NULL THEN %s ELSE receipt.date - %s END",
                then[2],
                due,
            ),
            SQL("LEFT JOIN account_move_line line ON line.id = receipt.line_id"),
        ]

    @api.model
    def _get_renamed_sql(self):
        """SQL: `receipt` stood in the ledger before, as something else than money.

        So it does when an account for outstanding payments is named later.
        """
        return SQL(
            """COALESCE((
                SELECT BOOL_AND(before.kind = 'other')
                  FROM sale_collection_receipt before
                 WHERE before.line_ref = receipt.line_ref
                   AND before.counterpart_ref = receipt.counterpart_ref
                   AND before.date = receipt.date AND before.id < receipt.id
                   AND before.reversal_of_id IS NULL), FALSE)"""
        )

    @api.model
    def _get_original_lateness(self):
        """SQL of how late, weighted, the invoice was paid that `move` credits.

        A refund takes back what was earned; how late we refund does not matter.
        """
        return SQL(
            """COALESCE((
                SELECT ROUND(SUM(paid.amount * paid.days_late)
                             / NULLIF(SUM(paid.amount), 0))::int
                  FROM sale_collection_receipt paid
                 WHERE paid.move_id = move.reversed_entry_id
                   AND paid.kind = 'cash'), 0)"""
        )

    @api.model
    def _get_payment_sql(self):
        """SQL of the journal of money, whether and when it is there, and their joins.

        Nothing is read where no plan asks for payment forms or waits for money.
        """
        joins = SQL(
            """LEFT JOIN account_move_line other
                      ON other.id = receipt.counterpart_line_id"""
        )
        plans = self.env["sale.collection.commission.plan"]
        if plans._search_with_replaced([("clearing", "=", "cleared")]):
            clearing = SQL(
                """(payment.id IS NULL OR payment.is_matched IS TRUE
                   OR journal.type = 'cash'),
                   %s""",
                MATURES_ON,
            )
            joins = SQL(
                """%s
                LEFT JOIN account_journal journal ON journal.id = other.journal_id
                LEFT JOIN account_payment payment ON payment.move_id = other.move_id""",
                joins,
            )
            return SQL("other.journal_id"), clearing, joins
        forms = self.env["sale.collection.commission.form"]
        if forms.search_count([], limit=1):
            return SQL("other.journal_id"), SQL("TRUE, NULL"), joins
        return SQL("NULL::int"), SQL("TRUE, NULL"), SQL("")

    @api.model
    def _collect_lines(self, receipts, with_orders):
        """Return {invoice id: its product lines}; their orders only if asked for.

        Opening balances know no products.
        """
        move_ids = {receipt.move_id for receipt in receipts if not receipt.is_opening}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, line.move_id, line.price_subtotal, line.price_total,
                       line.product_id, COALESCE(category.parent_path, ''),
                       CASE WHEN %s THEN (
                           SELECT MIN(sold.order_id)
                             FROM sale_order_line_invoice_rel rel
                             JOIN sale_order_line sold ON sold.id = rel.order_line_id
                            WHERE rel.invoice_line_id = line.id) END,
                       line.is_downpayment
                  FROM account_move_line line
                  LEFT JOIN product_product product ON product.id = line.product_id
                  LEFT JOIN product_template template
                         ON template.id = product.product_tmpl_id
                  LEFT JOIN product_category category
                         ON category.id = template.categ_id
                 WHERE line.move_id = ANY(%s) AND line.display_type = 'product'
                   AND line.parent_state = 'posted'
                 ORDER BY line.move_id, line.id
                """,
                with_orders,
                ids_sql(move_ids),
            )
        )
        lines, down_payments = defaultdict(list), []
        for *row, is_down_payment in rows:
            line = Line(*row)
            lines[line.move_id].append(line)
            if is_down_payment:
                down_payments.append(line.id)
        splitter = self.env["sale.collection.commission.down.payment"]
        return splitter._split_lines(lines, down_payments)

    @api.model
    def _collect_costs(self, lines, plans):
        """Return {invoice line id: cost in the currency of its invoice}.

        None are read where no plan pays on margins.
        """
        if "margin" not in {plan.base for own in plans.values() for plan in own}:
            return {}
        found = [line for own in lines.values() for line in own if line.product_id]
        records = self.env["account.move.line"].browse(
            line.id for line in found if not line.part
        )
        parts = [line for line in found if line.part]
        return {line.id: self._get_cost(line) for line in records} | self.env[
            "sale.collection.commission.down.payment"
        ]._get_costs(parts)

    @api.model
    def _get_cost(self, line):
        """Return the cost of an invoice line, in the currency of the invoice."""
        product = line.product_id.with_company(line.company_id)
        quantity = line.product_uom_id._compute_quantity(
            line.quantity, product.uom_id, round=False, raise_if_failure=False
        )
        rate = line.move_id.invoice_currency_rate or 1.0
        return product.standard_price * quantity * rate

    @api.model
    def _collect_claims(self, move_ids):
        """Return {invoice line, or (it, order line of its part): its frozen shares}."""
        frozen = self.env["sale.collection.commission.claim"].sudo()
        if not frozen.search_count([], limit=1):
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move_line_id, order_line_id, user_id, agent_id, percent / 100
                  FROM sale_collection_commission_claim
                 WHERE move_id = ANY(%s) ORDER BY id
                """,
                ids_sql(move_ids),
            )
        )
        claims = defaultdict(list)
        for line_id, part, *claim in rows:
            claims[(line_id, part) if part else line_id].append(Claim(*claim))
        return claims

    @api.model
    def _collect_fault_days(self, receipts):
        """Return {receivable line id: days of delay that were our fault}."""
        by_company = defaultdict(set)
        for receipt in receipts:
            by_company[receipt.company_id].add(receipt.partner_id)
        days = {}
        for company_id, partner_ids in by_company.items():
            company = self.env["res.company"].browse(company_id)
            days |= self.env["sale.collection.profile"]._collect_our_fault_days(
                company.root_id, list(partner_ids)
            )
        return days

    @api.model
    def _collect_plans(self, companies):
        """Return {company id: plans of it and those it is a branch of, own first}."""
        plans = self.env["sale.collection.commission.plan"].search(
            [("company_id", "in", companies.parent_ids.ids)]
        )
        plans = plans.sorted(lambda plan: len(plan.company_id.parent_ids), reverse=True)
        rules = {plan: plan._get_rules() for plan in plans}
        return {
            company.id: [
                rules[plan] for plan in plans if plan.company_id in company.parent_ids
            ]
            for company in companies
        }

    # === WHAT IS BOOKED ===#

    @api.model
    def _collect_have(self, receipts):
        """Return what rows of money have live entries of: (money, rep, agent, kind)."""
        # Others have never had an entry.
        ids = [receipt.id for receipt in receipts if receipt.occurrence > 1]
        rows = ids and self.env.execute_query(
            SQL(
                """
                SELECT receipt_id, user_id, agent_id, kind
                  FROM sale_collection_commission_entry entry
                 WHERE receipt_id = ANY(%s) AND kind <> 'rounding'
                   AND reversal_of_id IS NULL AND %s
                """,
                ids_sql(ids),
                IS_LIVE,
            )
        )
        return frozenset(rows)

    @api.model
    def _collect_booked(self, move_ids):
        """Return what is booked on invoices, and what of it are advances.

        :return: {(invoice, rep, agent, plan, rate, kind): (exact sum, booked sum)} and
            {invoice: {(rep, agent, plan, rate): amount advanced}}
        """
        booked, advances = {}, defaultdict(dict)
        names = ("user_id", "agent_id", "plan_id", "rate_id")
        for group in self.env["sale.collection.commission.entry"]._get_groups(
            SQL("entry.move_ref = ANY(%s)", ids_sql(move_ids))
        ):
            move_id, earner = group["move_ref"], tuple(group[name] for name in names)
            key = (move_id, *earner, group["kind"])
            booked[key] = (group["exact"], group["amount"])
            if group["advanced"]:
                advances[move_id][earner] = group["advanced"]
        return booked, advances
