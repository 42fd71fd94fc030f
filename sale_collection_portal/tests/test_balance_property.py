import random
from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_of_sql
from odoo.addons.sale_collection.tests.common import CollectionCommon

from ..tools.account import run_balances

STEPS = 30


@tagged("post_install", "-at_install")
class TestBalanceProperty(CollectionCommon):
    """Whatever is paid, the running balance ends at the balance of the ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.setup_other_currency("EUR")
        cls.other = cls.env["res.partner"].create({"name": "Other"})
        cls.today = cls.company._collection_today()
        cls.moves = cls.env["account.move"]

    def step(self, dice):
        """Do one thing of the many that change what is owed."""
        day = self.today - timedelta(dice.randrange(60))
        partner = dice.choice([self.customer, self.other])
        kind = dice.choice(["sell", "sell", "credit", "pay", "pay", "advance", "undo"])
        if kind in ("sell", "credit"):
            currency = dice.choice([self.euro, self.company.currency_id])
            self.moves |= self.create_invoice(
                dice.randrange(1, 900) + dice.random(),
                date=day,
                due=day,
                partner=partner,
                move_type="out_invoice" if kind == "sell" else "out_refund",
                currency_id=currency.id,
            )
        elif kind == "pay":
            self.pay_some(dice, day)
        elif kind == "advance":
            money = self.create_entry(
                [(self.receivable, -77.7, partner), (self.revenue, 77.7)], date=day
            )
            self.match(dice, money)
        else:
            matched = self.receivable_lines(self.moves).filtered(
                lambda line: line.matched_credit_ids or line.matched_debit_ids
            )
            if matched:
                dice.choice(matched).remove_move_reconcile()

    def pay_some(self, dice, day):
        """Pay a part or all of a document, now and then in the other currency."""
        owed = self.moves.filtered(
            lambda move: move.move_type == "out_invoice" and move.amount_residual > 1
        )
        if not owed:
            return
        move = dice.choice(owed)
        currency = dice.choice([self.euro, self.company.currency_id])
        values = {"currency_id": currency.id}
        amount = None
        if currency == move.currency_id and dice.random() < 0.6:
            amount = round(move.amount_residual * dice.random() + 0.01, 2)
        self.pay(move, amount, date=day, **values)

    def match(self, dice, money):
        """Match money with a debt, whosever it is."""
        owed = self.receivable_lines(self.moves).filtered(
            lambda line: not line.reconciled and line.balance > 0
        )
        if owed:
            (dice.choice(owed) | self.receivable_lines(money)).reconcile()

    def read_ledger(self, day):
        """Return {(partner, currency): what is open on a day}, without settled."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id, currency_id, SUM(residual_currency)::float8
                     FROM (%s) line GROUP BY 1, 2""",
                open_lines_of_sql({self.company.id: day}, is_strict=True),
            )
        )
        return {
            (partner, currency): round(amount, 2)
            for partner, currency, amount in rows
            if round(amount, 2)
        }

    def read_accounts(self, profiles, first, day):
        found = profiles._collect_periods(first, day)
        return {
            (profile.partner_id.id, account.currency_id): account.closing
            for profile in profiles
            for account in run_balances(
                [found[profile.id]], profiles._round_portal_amount
            )
            if account.closing
        }

    def test_running_balance_ends_at_the_ledger(self):
        profiles = self.env["sale.collection.profile"]._for(self.customer | self.other)
        for seed in (1, 2):
            dice = random.Random(seed)
            for number in range(1, STEPS + 1):
                self.step(dice)
                if number % 5:
                    continue
                for days in (0, 20, 45):
                    day = self.today - timedelta(days)
                    first = day - timedelta(dice.randrange(40))
                    with self.subTest(seed=seed, step=number, day=day, first=first):
                        self.assertEqual(
                            self.read_accounts(profiles, first, day),
                            self.read_ledger(day),
                        )
