from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ...models.profile import behaviour
from ...tools import scorecard
from ..common import CollectionCommon

TODAY = date(2026, 5, 10)


@tagged("post_install", "-at_install")
class TestProfile(CollectionCommon):
    """Balances and behaviour: live figures, projection, and who keeps them equal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profiles = cls.env["sale.collection.profile"]

    def facts(self, partner=None, today=TODAY):
        self.env.cr.flush()
        partner = partner or self.customer
        return self.profiles._get_customer_facts(partner, today)[partner.id]

    def assertFacts(self, expected, **scope):
        facts = self.facts(**scope)
        self.assertEqual({key: facts[key] for key in expected}, expected)

    def pay_late(self, days, amount=100, partner=None, due=date(2026, 1, 5)):
        """Pay a new invoice due on a Monday so many days late."""
        invoice = self.create_invoice(amount, "2026-01-01", due, partner)
        self.pay(invoice, date=due + timedelta(days=days))
        return invoice

    # === BALANCES ===#

    def test_aging(self):
        for days, amount in ((0, 1), (1, 2), (30, 4), (31, 8), (60, 16), (90, 32)):
            self.create_invoice(amount, "2026-01-01", TODAY - timedelta(days=days))
        self.create_invoice(64, "2026-01-01", TODAY - timedelta(days=91))
        self.create_invoice(128, "2026-01-01", TODAY + timedelta(days=9))
        self.assertFacts(
            {
                "amount_open": 255.0,
                "amount_not_due": 129.0,
                "amount_overdue": 126.0,
                "amount_1_30": 6.0,
                "amount_31_60": 24.0,
                "amount_61_90": 32.0,
                "amount_over_90": 64.0,
                "oldest_due_date": TODAY - timedelta(days=91),
                "exposure": 255.0,
            }
        )

    def test_unapplied_money_is_not_collectable(self):
        self.create_invoice(1000)
        self.create_invoice(300, move_type="out_refund")
        bank = self.bank_journal.default_account_id
        self.create_entry([(bank, 500), (self.receivable, -500)])
        self.assertFacts(
            {
                "amount_open": 1000.0,
                "amount_unapplied": 800.0,
                "amount_overdue": 1000.0,
                "amount_collectable": 200.0,
                "exposure": 200.0,
            }
        )

    def test_contacts_count_on_their_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        self.create_invoice(100, partner=contact)
        self.create_entry([(self.revenue, -50), (self.receivable, 50, contact)])
        self.assertFacts({"amount_open": 150.0})
        self.assertEqual(
            self.profiles._for(contact).partner_id, self.customer.commercial_partner_id
        )

    def test_instalments_and_foreign_currency(self):
        currency = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        self.create_invoice(
            1000,
            due=None,
            currency_id=currency.id,
            invoice_payment_term_id=self.pay_terms_b.id,
        )
        facts = self.facts(today=date(2026, 1, 15))
        self.assertEqual(facts["amount_open"], 500.0)
        self.assertEqual(facts["amount_overdue"], 150.0)

    # === BEHAVIOUR ===#

    def test_weighted_days_late(self):
        invoice = self.create_invoice(1000, "2025-12-01", "2026-01-30")
        self.pay(invoice, 600, "2026-02-09")
        self.pay(invoice, 400, "2026-03-11")
        self.assertFacts({"avg_days_late": 22.0, "paid_count": 1})
        self.create_invoice(500, "2025-12-01", TODAY - timedelta(days=70))
        self.assertFacts({"avg_days_late": 38.0, "paid_count": 1})
        self.assertEqual(
            scorecard.weighted_days_late([(600, 10), (400, 40)], [(500, 70)]), 38.0
        )

    def test_late_is_what_is_left_after_grace(self):
        for days in (-2, 0, 3, 4):
            self.pay_late(days)
        self.assertFacts(
            {
                "paid_count": 4,
                "late_count": 1,
                "late_share": 0.25,
                "median_days_late": 1.5,
                "last_payment_date": date(2026, 1, 9),
            }
        )

    def test_our_fault_is_not_theirs(self):
        late, later = self.pay_late(10), self.pay_late(20)
        first, second = self.receivable_lines(late | later).sorted("id").ids
        self.patch(
            self.env.registry["sale.collection.profile"],
            "_get_fault_sql",
            lambda self, company, partner_ids: SQL(
                "SELECT * FROM (VALUES (%s, 7), (%s, 16)) faults (line_id, days)",
                first,
                second,
            ),
        )
        self.assertFacts({"late_count": 1, "paid_count": 2})

    def test_due_on_a_day_off_is_late_from_the_next_working_day(self):
        # 31 January 2026 is a Saturday: effective on Monday, three days of grace
        self.create_invoice(100, due="2026-01-31")
        self.assertFacts({"open_late_count": 0}, today=date(2026, 2, 5))
        self.assertFacts(
            {"open_late_count": 1, "late_count": 1, "late_share": 1.0},
            today=date(2026, 2, 6),
        )

    def test_a_rest_within_the_tolerance_is_no_late_debt(self):
        due = TODAY - timedelta(days=91)
        for rest, is_debt in ((0.01, False), (0.06, True)):
            invoice = self.create_invoice(1000, "2025-10-01", due)
            self.pay(invoice, 1000 - rest, due)
            self.assertFacts(
                {
                    "open_late_count": int(is_debt),
                    "oldest_due_date": due if is_debt else None,
                    "judged_due_date": due if is_debt else None,
                    "paid_count": 1,
                    "late_count": int(is_debt),
                }
            )
            facts = self.facts()
            factors = scorecard.factor_values({**facts, "limit_total": 0}, 0.2, TODAY)
            self.assertEqual(factors["oldest_overdue"], 91 if is_debt else 0)
            self.assertEqual(factors["overdue_ratio"], float(is_debt))
            self.assertEqual(factors["late_share"], 2 / 7 if is_debt else 1 / 6)
        self.assertFacts({"amount_overdue": 0.07, "amount_open": 0.07})

    def test_a_rest_within_the_tolerance_excuses_no_late_payment(self):
        for __ in range(10):
            invoice = self.create_invoice(1000, "2025-10-01", "2026-01-05")
            self.pay(invoice, 999.99, date(2026, 1, 5) + timedelta(100))
        expected = {
            "paid_count": 10,
            "late_count": 10,
            "late_share": 1.0,
            "median_days_late": 100.0,
            "open_late_count": 0,
            "amount_open": 0.1,
        }
        self.assertFacts(expected)
        self.env.cr.flush()
        past = self.env["sale.collection.past"].sudo()
        for day, paid in ((date(2026, 4, 14), 0), (date(2026, 4, 15), 10)):
            factors = past._collect_past_factors(self.company, day)
            self.assertEqual(factors[self.customer.id][1], paid)
        self.assertEqual(factors[self.customer.id][0]["overdue_ratio"], 0)
        company = self.company.sudo()
        company.collection_refreshed_xid = "1"
        company.collection_tolerance = 0
        self.assertFalse(company.collection_refreshed_xid, "all are read again")
        self.assertFacts({"paid_count": 0, "late_count": 10, "open_late_count": 10})

    def test_the_tolerance_counts_units_of_the_invoice(self):
        yen = self.setup_other_currency("JPY", rates=[("2025-01-01", 0.5)])
        due = TODAY - timedelta(days=91)
        for rest, late in ((5, 0), (6, 1)):  # ten and twelve dollars
            invoice = self.create_invoice(1000, "2025-10-01", due, currency_id=yen.id)
            self.pay(invoice, 1000 - rest, due, currency_id=yen.id)
            self.assertFacts({"open_late_count": late})
        self.assertFacts({"amount_overdue": 22.0})

    def test_instalment_is_judged_by_its_last_money(self):
        invoice = self.create_invoice(1000, due="2026-01-05")
        self.pay(invoice, 990, "2026-01-05")
        self.assertFacts({"paid_count": 0, "open_late_count": 1})
        self.pay(invoice, 10, "2026-02-04")
        self.assertFacts({"paid_count": 1, "late_count": 1, "median_days_late": 30.0})

    def test_undone_money_leaves_no_trace(self):
        invoice = self.pay_late(60)
        self.assertFacts({"paid_count": 1, "late_count": 1})
        lines = self.receivable_lines(invoice)
        lines.remove_move_reconcile()
        self.assertFacts({"paid_count": 0, "last_payment_date": None})

    def test_credit_notes_tell_nothing_of_payment(self):
        invoice = self.create_invoice(100)
        refund = self.create_invoice(100, move_type="out_refund")
        self.match(invoice, refund)
        self.assertFacts({"paid_count": 0, "late_share": None, "avg_days_late": None})

    def test_short_payment(self):
        self.pay_late(0)
        invoice = self.create_invoice(1000)
        self.pay(
            invoice,
            990,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        self.assertFacts({"paid_count": 2, "short_pay_share": 0.5})

    def test_trend(self):
        self.pay_late(10)
        self.assertFacts({"days_late_trend": None})
        self.pay_late(30, due=date(2026, 3, 30))
        self.assertFacts({"days_late_trend": 20.0})

    def test_history_counts_like_receipts(self):
        self.env["sale.collection.history"].sudo().create(
            [
                {
                    "partner_id": self.customer.id,
                    "invoice_ref": f"OLD {days}",
                    "invoice_date": "2025-01-01",
                    "due_date": "2025-02-03",
                    "paid_date": days and date(2025, 2, 3) + timedelta(days=days),
                    "amount": 100,
                }
                for days in (10, 30, None)
            ]
        )
        self.pay_late(20)
        self.assertFacts(
            {
                "paid_count": 3,
                "late_count": 3,
                "avg_days_late": 20.0,
                "median_days_late": 20.0,
                "first_invoice_date": date(2025, 1, 1),
            }
        )

    def test_bounced_payments_of_a_year(self):
        for day in (date(2025, 5, 1), date(2025, 12, 1)):
            payment = self.pay(self.create_invoice(100, "2025-01-01"), date=day)
            self.env["sale.collection.bounce"].sudo()._bounce(payment, day, "funds")
        self.assertFacts({"bounced_count": 1})

    def test_nothing_known(self):
        self.assertFacts(
            {
                "amount_open": 0.0,
                "avg_days_late": None,
                "median_days_late": None,
                "late_share": None,
                "days_late_trend": None,
                "oldest_due_date": None,
                "promise_kept_ratio": None,
                "paid_count": 0,
            }
        )

    # === PROJECTION ===#

    def test_projection_equals_the_live_figures(self):
        self.pay_late(10)
        self.create_invoice(100)
        profile = self.profiles._for(self.customer)
        self.env.cr.flush()
        self.assertEqual(profile._refresh(TODAY), 1)
        live = profile._get_live_facts(TODAY)[self.customer.id]
        for name, value in live.items():
            if name != "as_of":
                self.assertEqual(profile[name] or 0, value or 0, name)
        self.assertTrue(profile.as_of)

    def test_only_differences_are_written(self):
        others = self.env["res.partner"].create(
            [{"name": f"Other {number}"} for number in range(3)]
        )
        for partner in others:
            self.pay_late(0, partner=partner)
        self.env.cr.flush()
        self.profiles._refresh(TODAY)
        self.assertEqual(self.profiles._refresh(TODAY), 0)
        self.create_invoice(100, due=TODAY, partner=others[0])
        self.assertEqual(self.profiles._refresh(TODAY), 1)
        self.assertEqual(self.profiles._for(others[0]).amount_not_due, 100.0)

    def test_who_is_only_a_day_older_is_not_put_together_anew(self):
        """Debts that age without passing a bound move the average, nothing else."""
        due = TODAY - timedelta(days=10)
        paid, quiet, passing = self.env["res.partner"].create(
            [{"name": name} for name in ("Paid", "Quiet", "Passing")]
        )
        self.pay_late(0, partner=paid)
        self.create_invoice(100, due=due, partner=quiet)
        self.create_invoice(100, due=TODAY - timedelta(days=30), partner=passing)
        self.env.cr.flush()
        self.profiles._refresh(TODAY)
        self.assertEqual(self.profiles._for(quiet).avg_days_late, 10.0)
        tomorrow = TODAY + timedelta(days=1)
        figures = self.env["sale.collection.figures"].sudo()
        __, changed, older = figures._collect_changed(
            self.company, tomorrow, set(), set()
        )
        mine = {*paid.ids, *quiet.ids, *passing.ids}
        self.assertEqual(mine & changed.keys(), {passing.id})
        self.assertEqual(mine & {row["partner_id"] for row in older}, {quiet.id})
        self.profiles._refresh(tomorrow)
        self.assertEqual(self.profiles._for(quiet).avg_days_late, 11.0)
        self.assertEqual(self.profiles._for(passing).amount_31_60, 100.0)

    def pretend_nothing_was_written(self):
        """Have the ledger's rows older than the last night, in one transaction."""
        self.patch(
            self.env.registry["sale.collection.behaviour"],
            "_get_written_condition",
            lambda self, table, age: SQL("FALSE"),
        )

    def set_paid_count(self, profiles, count):
        """Write what no ledger says, to see who is read again."""
        self.env.cr.execute(
            "UPDATE sale_collection_profile SET paid_count = %s WHERE id = ANY(%s)",
            (count, profiles.ids),
        )
        profiles.invalidate_recordset(["paid_count"])

    def test_night_reads_a_part_of_those_nothing_happened_to(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Customer {number}"} for number in range(7)]
        )
        for partner in partners:
            self.pay_late(0, partner=partner)
        self.env.cr.flush()
        self.profiles._refresh(TODAY)
        profiles = self.profiles._for(partners)
        self.set_paid_count(profiles, 99)
        self.pretend_nothing_was_written()
        self.profiles._refresh(TODAY)
        self.assertGreaterEqual(profiles.mapped("paid_count").count(99), 6)
        for night in range(1, 28):
            self.profiles._refresh(TODAY + timedelta(days=night))
        self.assertEqual(profiles.mapped("paid_count"), [1] * 7)

    def test_night_reads_whose_money_leaves_the_trend(self):
        self.pay_late(5, due=TODAY - timedelta(days=97))
        self.pay_late(0)
        self.env.cr.flush()
        yesterday = TODAY - timedelta(days=3)
        self.profiles._refresh(yesterday)
        profile = self.profiles._for(self.customer)
        self.assertTrue(profile.recent_amount)
        self.pretend_nothing_was_written()
        self.profiles._refresh(TODAY)
        self.assertFalse(profile.recent_amount)

    def test_money_that_leaves_the_trend_is_all_that_is_read(self):
        """The sums of 90 days move by themselves, to what a full reading finds."""
        days = (TODAY - timedelta(days=number) for number in (93, 60))
        for late, due in enumerate(days, 10):
            self.pay_late(late, amount=late, due=due)
        self.env["sale.collection.history"].sudo().create(
            {
                "partner_id": self.customer.id,
                "invoice_ref": "OLD",
                "invoice_date": TODAY - timedelta(days=60),
                "due_date": TODAY - timedelta(days=40),
                "paid_date": TODAY - timedelta(days=20),
                "amount": 500,
            }
        )
        self.env.cr.flush()
        profile = self.profiles._for(self.customer)
        nights = [TODAY + timedelta(days=night) for night in (6, 7)]
        self.patch(behaviour, "ROTATION", 10**9)  # nobody's turn
        self.profiles._refresh(nights[0])
        self.assertEqual(profile.recent_amount, 521.0)
        self.pretend_nothing_was_written()
        self.set_paid_count(profile, 99)
        self.profiles._refresh(nights[1])
        self.assertEqual(profile.paid_count, 99)
        moved = profile.read(["recent_amount", "recent_days_weight", "days_late_trend"])
        self.company.sudo().collection_refreshed_xid = False
        self.profiles._refresh(nights[1])
        self.assertEqual(profile.paid_count, 3)
        self.assertEqual(
            profile.read(["recent_amount", "recent_days_weight", "days_late_trend"]),
            moved,
        )

    def test_other_grace_reads_everyone(self):
        self.pay_late(10)
        self.env.cr.flush()
        self.profiles._refresh(TODAY)
        profile = self.profiles._for(self.customer)
        self.assertEqual(profile.late_count, 1)
        self.pretend_nothing_was_written()
        self.company.collection_grace_days = 20
        self.profiles._refresh(TODAY)
        self.assertEqual(profile.late_count, 0)

    def test_grace_changed_during_the_night_reads_everyone(self):
        """What the night read before the change is not taken for read after it."""
        self.pay_late(10)
        self.env.cr.flush()
        self.profiles._refresh(TODAY)
        profile = self.profiles._for(self.customer)
        company = self.company.sudo()
        write = self.env.registry["sale.collection.profile"]._write_older

        def changed_meanwhile(model, *rows):
            self.env.cr.execute(
                "UPDATE res_company SET collection_refreshed_xid = NULL,"
                " collection_grace_days = 20 WHERE id = %s",
                [company.id],
            )
            return write(model, *rows)

        with patch.object(type(profile), "_write_older", changed_meanwhile):
            self.profiles._refresh(TODAY)
        company.invalidate_recordset()
        self.pretend_nothing_was_written()
        self.profiles._refresh(TODAY)
        self.assertEqual(profile.late_count, 0)
        self.assertTrue(company.collection_refreshed_xid, "all have been read")

    def test_money_of_nobody(self):
        """An entry without partner that is paid changes no customer's figures."""
        nobody = self.env["res.partner"]
        bank = self.bank_journal.default_account_id
        debt, money = (
            self.create_entry([(self.receivable, sign, nobody), (other, -sign, nobody)])
            for other, sign in ((self.revenue, 100), (bank, -100))
        )
        self.pay_late(0)
        profile = self.profiles._for(self.customer)
        self.profiles._refresh(TODAY)
        self.match(debt, money)
        self.pay_late(0)
        self.env.cr.flush()
        self.assertFalse(self.rows_of(debt).partner_id)
        self.profiles._refresh(TODAY + timedelta(1))
        self.assertEqual(profile.paid_count, 2)
        self.company.sudo().collection_refreshed_xid = False
        self.profiles._refresh(TODAY + timedelta(2))
        self.assertEqual((profile.paid_count, profile.amount_open), (2, 0))
        self.assertTrue(self.company.sudo().collection_refreshed_xid)

    def test_database_restored_elsewhere_reads_everyone(self):
        self.pay_late(0)
        self.env.cr.flush()
        self.profiles._refresh(TODAY)
        profile = self.profiles._for(self.customer)
        self.set_paid_count(profile, 99)
        self.company.sudo().collection_refreshed_xid = str(2**60)
        self.profiles._refresh(TODAY)
        self.assertEqual(profile.paid_count, 1)

    def test_everyone_with_anything_gets_a_profile(self):
        names = ("Owes", "Paid", "Limit", "Ordered", "History", "Nothing")
        partners = self.env["res.partner"].create([{"name": name} for name in names])
        owes, paid, limit, ordered, history, nothing = partners
        self.create_invoice(100, partner=owes)
        self.pay_late(0, partner=paid)
        limit.with_company(self.company).credit_limit = 100
        product = self.env["product.product"].create({"name": "Goods"})
        order = (
            self.env["sale.order"]
            .sudo()
            .create(
                {
                    "partner_id": ordered.id,
                    "order_line": [Command.create({"product_id": product.id})],
                }
            )
        )
        order.action_confirm()
        self.env["sale.collection.history"].sudo().create(
            {
                "partner_id": history.id,
                "invoice_ref": "OLD",
                "invoice_date": "2025-01-01",
                "due_date": "2025-02-03",
                "paid_date": "2025-02-03",
                "amount": 100,
            }
        )
        self.env.cr.flush()
        self.profiles._refresh(TODAY)
        found = self.profiles.sudo().search([("partner_id", "in", partners.ids)])
        self.assertEqual(found.partner_id, partners - nothing)

    def test_paid_customer_falls_back_to_zero(self):
        invoice = self.create_invoice(100)
        self.profiles._refresh(TODAY)
        profile = self.profiles._for(self.customer)
        self.assertEqual(profile.amount_overdue, 100.0)
        invoice.button_draft()
        invoice.button_cancel()
        self.profiles._refresh(TODAY)
        self.assertEqual(profile.amount_overdue, 0.0)
        self.assertFalse(profile.oldest_due_date)

    def test_partners_are_never_written(self):
        self.create_invoice(100)
        self.env.flush_all()
        versions = self.get_partner_versions()
        self.profiles._refresh(TODAY)
        self.profiles._refresh_touched(self.customer, TODAY)
        self.env.flush_all()
        self.assertEqual(self.get_partner_versions(), versions)

    def get_partner_versions(self):
        self.env.cr.execute("SELECT id, ctid::text FROM res_partner ORDER BY id")
        return self.env.cr.fetchall()

    def test_fresher_figures_are_kept(self):
        self.create_invoice(100)
        self.profiles._refresh(TODAY)
        profile = self.profiles._for(self.customer)
        self.create_invoice(100)

        figures = self.env.registry["sale.collection.figures"]
        compose = figures._compose

        def refreshed_meanwhile(model, *facts):
            model.env.cr.execute(
                "UPDATE sale_collection_profile SET amount_open = 7,"
                " refreshed_at = now() + INTERVAL '1 day' WHERE id = %s",
                (profile.id,),
            )
            return compose(model, *facts)

        self.patch(figures, "_compose", refreshed_meanwhile)
        self.profiles._refresh(TODAY)
        profile.invalidate_recordset()
        self.assertEqual(profile.amount_open, 7.0)

    def test_collector_is_the_salesperson_at_first(self):
        self.customer.user_id = self.env.user
        profile = self.profiles._for(self.customer)
        self.assertEqual(profile.user_id, self.env.user)
        self.assertEqual(self.profiles._for(self.customer), profile)

    # === CLOCK ===#

    def test_two_companies_have_their_own_today(self):
        east, west = (
            self.setup_other_company(name=zone, currency_id=self.company.currency_id.id)
            for zone in ("Asia/Shanghai", "America/Los_Angeles")
        )
        overdue = []
        for data in (east, west):
            company = data["company"]
            company.partner_id.tz = company.name
            invoice = (
                self.env["account.move"]
                .with_company(company)
                .create(
                    {
                        "move_type": "out_invoice",
                        "partner_id": self.customer.id,
                        "invoice_date": "2026-03-01",
                        "invoice_date_due": "2026-03-10",
                        "invoice_payment_term_id": False,
                        "invoice_line_ids": [
                            Command.create(
                                {"name": "Goods", "price_unit": 100, "tax_ids": []}
                            )
                        ],
                    }
                )
            )
            invoice.action_post()
            with freeze_time("2026-03-10 23:30:00"):
                profile = self.profiles.with_company(company)._for(self.customer)
                profile._refresh()
                overdue.append(profile.amount_overdue)
        self.assertEqual(overdue, [100.0, 0.0])

    # === SPEED ===#

    def test_live_figures_take_the_same_queries_for_any_number(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Many {number}"} for number in range(20)]
        )
        for partner in partners[:10]:
            self.pay_late(10, partner=partner)
        profiles = self.profiles._for(partners)
        self.env.flush_all()
        profiles[0]._get_live_facts(TODAY)  # company and currency are known by then
        for few_or_many in (profiles[:2], profiles):
            few_or_many.invalidate_recordset()
            with self.assertQueryCount(4):
                few_or_many._get_live_facts(TODAY)

    def test_refresh_takes_the_same_queries_for_any_number(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Many {number}"} for number in range(20)]
        )
        for partner in partners:
            self.create_invoice(100, partner=partner)
        profiles = self.profiles._for(partners)
        self.env.cr.flush()
        for few_or_many in (profiles[:2], profiles):
            self.env.invalidate_all()
            with self.assertQueryCount(12):
                few_or_many._refresh(TODAY)
