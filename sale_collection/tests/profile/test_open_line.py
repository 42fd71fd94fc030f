from datetime import date

from lxml import etree

from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval
from odoo.tools.view_validation import get_expression_field_names

from ...models.core.open_line import open_lines_sql
from ..common import CollectionCommon

TODAY = date(2026, 3, 2)
# A cheque handed over on 2 March and dated ten days ahead.
AHEAD = "2026-03-12"


@tagged("post_install", "-at_install")
class TestOpenLine(CollectionCommon):
    """What is open today, whatever core says of drafts and of money dated ahead."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-03-02 09:00:00"))
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)

    def facts(self, today=None):
        self.env.cr.flush()
        return self.profile._get_live_facts(today)[self.customer.id]

    def open_items(self):
        return self.env["sale.collection.open.item"].search_read(
            [("partner_id", "=", self.customer.id)], ["amount", "amount_overdue"]
        )

    def aging(self, as_of=None):
        aging = self.env["sale.collection.aging"]
        if as_of:
            aging = aging.with_context(sale_collection_as_of=as_of)
        [(total,)] = aging._read_group([], [], ["amount:sum"])
        return total or 0.0

    def assertOpen(self, expected, invoice):
        """Assert that every reader says the same of the customer's one invoice."""
        facts = self.facts()
        self.assertEqual(facts["amount_open"], expected)
        self.assertEqual(facts["amount_overdue"], expected)
        self.assertEqual(facts["exposure"], expected)
        self.assertEqual(facts["amount_collectable"], expected)
        self.assertEqual(self.aging(), expected)
        self.assertEqual(sum(item["amount"] for item in self.open_items()), expected)
        line = self.receivable_lines(invoice)
        self.assertEqual(line.collection_residual, expected)
        found = self.env["account.move.line"].search(
            [("collection_residual", ">", 0), ("partner_id", "=", self.customer.id)]
        )
        self.assertEqual(found, line if expected else line.browse())
        item = self.profile._collect_statement_items(self.company)
        items = item.get(self.customer.id, [])
        self.assertEqual(sum(one.open for one in items), expected)

    def test_matched_payment_set_to_draft(self):
        invoice = self.create_invoice(320)
        self.assertOpen(320, invoice)
        payment = self.pay(invoice, date="2026-02-20")
        self.assertOpen(0, invoice)
        payment.action_draft()
        self.assertEqual(invoice.amount_residual, 0, "core keeps the match")
        self.assertOpen(320, invoice)
        self.assertEqual(self.facts()["paid_count"], 0)
        payment.action_post()
        self.assertOpen(0, invoice)

    def test_invoice_set_to_draft_leaves_its_money(self):
        invoice = self.create_invoice(320)
        self.pay(invoice, date="2026-02-20")
        invoice.button_draft()
        facts = self.facts()
        self.assertEqual(facts["amount_open"], 0)
        self.assertEqual(facts["amount_unapplied"], 320)
        self.assertEqual(facts["exposure"], -320)

    def test_cheque_dated_ahead(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice, date=AHEAD)
        self.assertOpen(1000, invoice)
        facts = self.facts()
        self.assertEqual(facts["amount_unapplied"], 0)
        self.assertEqual(facts["paid_count"], 0)
        self.assertFalse(facts["last_payment_date"])
        with freeze_time(f"{AHEAD} 09:00:00"):
            self.env.invalidate_all()
            self.assertOpen(0, invoice)
            facts = self.facts()
            self.assertEqual(facts["paid_count"], 1)
            self.assertEqual(facts["last_payment_date"], date(2026, 3, 12))

    def test_cheque_dated_ahead_is_no_credit_before_its_day(self):
        self.create_invoice(1000)
        self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": 400, "date": AHEAD}
        ).action_post()
        self.assertEqual(self.facts()["exposure"], 1000)
        self.assertEqual(self.facts(date(2026, 3, 12))["exposure"], 600)

    def test_part_paid_by_a_cheque(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice, 300, date="2026-02-20")
        self.pay(invoice, 700, date=AHEAD)
        self.assertOpen(700, invoice)

    def test_invoice_dated_ahead_uses_credit_at_once(self):
        payment = self.pay_in_advance(400)
        invoice = self.create_invoice(1000, "2026-04-10", "2026-05-10")
        self.match(payment.move_id, invoice)
        self.assertEqual(self.facts()["exposure"], 600)
        self.assertEqual(self.facts()["amount_open"], 600)
        self.assertEqual(self.facts()["amount_unapplied"], 0)

    def pay_in_advance(self, amount):
        payment = self.env["account.payment"].create(
            {"partner_id": self.customer.id, "amount": amount, "date": "2026-02-10"}
        )
        payment.action_post()
        return payment

    def test_the_night_sees_the_day_of_the_cheque(self):
        company = self.company
        self.pay(self.create_invoice(1000), date=AHEAD)
        self.env.cr.flush()
        profiles = self.env["sale.collection.profile"].with_company(company)
        profiles._refresh(TODAY)
        self.assertEqual(self.profile.amount_overdue, 1000)
        profiles._refresh(date(2026, 3, 11))
        self.assertEqual(self.profile.paid_count, 0)
        profiles._refresh(date(2026, 3, 12))
        self.assertEqual(self.profile.amount_overdue, 0)
        self.assertEqual(self.profile.paid_count, 1)
        self.assertEqual(self.profile.last_payment_date, date(2026, 3, 12))

    def test_dispute_of_what_a_cheque_will_pay(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice, date=AHEAD)
        line = self.receivable_lines(invoice)
        dispute = self.env["sale.collection.dispute"].create(
            {
                "profile_id": self.profile.id,
                "reason_id": self.env["sale.collection.reason"].search([], limit=1).id,
                "line_ids": [(0, 0, {"line_id": line.id, "amount": 400})],
            }
        )
        self.assertEqual(dispute.line_ids.amount_open, 400)
        self.assertEqual(invoice.collection_disputed, 400)
        self.assertEqual(self.facts()["amount_disputed"], 400)
        self.assertEqual(self.facts()["amount_collectable"], 600)
        with self.assertRaises(ValidationError):
            dispute.line_ids.amount = 1001

    def test_promise_is_kept_on_the_day_of_the_cheque(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice, date=AHEAD)
        self.env.cr.flush()
        promise = self.env["sale.collection.promise"].create(
            {"profile_id": self.profile.id, "amount": 1000, "date": "2026-03-16"}
        )
        self.assertEqual(promise.allocation_ids.residual, 1000)
        promise.action_open()
        promise._evaluate(date(2026, 3, 11))
        self.assertEqual((promise.state, promise.amount_received), ("open", 0))
        self.assertEqual(self.facts()["amount_promised"], 1000)
        promise._evaluate(date(2026, 3, 12))
        self.assertEqual((promise.state, promise.amount_received), ("kept", 1000))

    # === SCREENS ===#

    def is_shown(self, invoice, button):
        """Return whether the form of an invoice shows its user a button."""
        arch = invoice.get_view(view_type="form")["arch"]
        [node] = etree.fromstring(arch).iterfind(f".//button[@name='{button}']")
        invisible = node.get("invisible")
        names = get_expression_field_names(invisible)
        return not safe_eval(invisible, {name: invoice[name] for name in names})

    def assertOpenOnScreens(self, is_open, invoice):
        """Assert that a collector sees an invoice as one that is still to be paid."""
        self.env.flush_all()
        self.env.invalidate_all()
        invoice = invoice.with_user(self.collector)
        self.assertEqual(invoice.collection_is_open, is_open)
        for value in (True, False):
            domain = [("collection_is_open", "=", value), ("id", "=", invoice.id)]
            self.assertEqual(bool(invoice.search(domain)), value == is_open)
        day = TODAY if is_open else False
        self.assertEqual(invoice.collection_follow_up_date, day)
        domain = [("collection_follow_up_date", "<=", TODAY), ("id", "=", invoice.id)]
        self.assertEqual(bool(invoice.search(domain)), is_open)
        for button in ("action_collection_promise", "action_collection_dispute"):
            self.assertEqual(self.is_shown(invoice, button), is_open, button)

    def follow(self):
        """Have someone who has no other role follow up on the customer."""
        self.collector = self.new_user("follows", "sale_collection.group_all_customers")
        self.customer.user_id = self.collector
        self.profile.activity_schedule(
            "sale_collection.activity_follow_up", TODAY, user_id=self.collector.id
        )

    def test_screens_of_a_payment_set_to_draft(self):
        self.follow()
        invoice = self.create_invoice(320)
        self.assertOpenOnScreens(True, invoice)
        payment = self.pay(invoice, date="2026-02-20")
        self.assertOpenOnScreens(False, invoice)
        payment.action_draft()
        self.assertNotIn(invoice.payment_state, ("not_paid", "partial"))
        self.assertOpenOnScreens(True, invoice)

    def test_screens_of_a_cheque_dated_ahead(self):
        self.follow()
        invoice = self.create_invoice(320)
        self.pay(invoice, date=AHEAD)
        self.assertNotIn(invoice.payment_state, ("not_paid", "partial"))
        self.assertOpenOnScreens(True, invoice)
        with freeze_time(f"{AHEAD} 09:00:00"):
            self.assertOpenOnScreens(False, invoice)

    def test_screens_of_what_is_no_debt(self):
        draft = self.create_invoice(320, post=False)
        note = self.create_invoice(320, move_type="out_refund")
        owed = self.create_invoice(320)
        moves = draft | note | owed
        self.assertEqual(moves.mapped("collection_is_open"), [False, False, True])
        self.assertEqual(
            moves.search([("id", "in", moves.ids), ("collection_is_open", "=", True)]),
            owed,
        )

    def test_promise_not_kept_is_said_until_its_cheque_counts(self):
        invoice = self.create_invoice(1000)
        promise = self.env["sale.collection.promise"].create(
            {"profile_id": self.profile.id, "amount": 1000, "date": "2026-03-04"}
        )
        promise.action_open()
        self.pay(invoice, date="2026-03-20")
        self.env.cr.flush()
        with freeze_time("2026-03-10 09:00:00"):
            promise._evaluate(date(2026, 3, 10))
            self.env.invalidate_all()
            self.assertEqual(promise.state, "broken")
            said = invoice._describe_expected_payments()
            self.assertEqual(said[invoice.id], "promise for 03/04/2026 not kept")
        with freeze_time("2026-03-20 09:00:00"):
            self.env.invalidate_all()
            self.assertNotIn(invoice.id, invoice._describe_expected_payments())

    def test_screens_of_many_cost_the_queries_of_one(self):
        moves = self.create_invoice(320)
        for number in range(5):
            moves |= self.create_invoice(10 + number)

        def count(invoices):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(all(invoices.mapped("collection_is_open")))
            return self.env.cr.sql_log_count - before

        count(moves)
        self.assertEqual(count(moves), count(moves[:1]))

    # === OTHERS ===#

    def test_tail_after_a_payment_set_to_draft(self):
        invoice = self.create_invoice(1000)
        self.pay(invoice, 985, date="2026-02-20")
        rest = self.pay(invoice, 15, date="2026-02-25")
        tails = self.env["sale.collection.tail"]
        self.assertFalse(tails.search([("move_id", "=", invoice.id)]))
        rest.action_draft()
        self.assertEqual(
            tails.search([("move_id", "=", invoice.id)]).amount_residual, 15
        )

    def test_form_of_a_promise_flushes_nothing(self):
        self.pay(self.create_invoice(1000), date=AHEAD)
        form = Form(
            self.env["sale.collection.promise"].with_context(
                default_profile_id=self.profile.id
            )
        )
        self.assertEqual(form.amount, 1000)

    def test_found_by_indexes(self):
        [(names,)] = self.env.execute_query(
            SQL(
                """SELECT ARRAY_AGG(indexname::text) FROM pg_indexes
                    WHERE indexname LIKE 'account_%%\\_collection\\_%%'"""
            )
        )
        self.assertIn("account_move_line_collection_draft_idx", names)
        self.assertIn("account_partial_reconcile_collection_max_date_idx", names)

    def test_condition_chooses_lines(self):
        one = self.create_invoice(100)
        self.create_invoice(200)
        self.pay(one, date=AHEAD)
        self.env.flush_all()
        query = open_lines_sql(self.company, TODAY, SQL("line.move_id = %s", one.id))
        rows = self.env.execute_query(SQL("SELECT residual FROM (%s) line", query))
        self.assertEqual(rows, [(100,)])


@tagged("post_install", "-at_install")
class TestAgingOfTwoDays(CollectionCommon):
    def test_two_days_in_one_transaction(self):
        invoice = self.create_invoice(1000, "2026-01-01", "2026-01-31")
        self.pay(invoice, 400, date="2026-02-10")
        aging = self.env["sale.collection.aging"]
        seen = []
        for day in ("2026-02-09", "2026-02-15"):
            row = aging.with_context(sale_collection_as_of=day).search(
                [("move_id", "=", invoice.id), ("amount", ">", 0)]
            )
            seen.append((row.amount, row.age, row.band_id.display_name))
        self.assertEqual([one[:2] for one in seen], [(1000, 9), (600, 15)])

    def test_two_currencies_are_not_added_up(self):
        other = self.setup_other_company(name="Euro branch")["company"]
        other.currency_id = self.env.ref("base.EUR")
        aging = self.env["sale.collection.aging"].with_context(
            allowed_company_ids=(self.company | other).ids
        )
        self.create_invoice(100)
        move = self.env["account.move"].with_company(other)
        data = self.env["account.account"].with_company(other)
        receivable = data.search(
            [("account_type", "=", "asset_receivable"), ("company_ids", "=", other.id)],
            limit=1,
        )
        income = data.search(
            [("account_type", "=", "income"), ("company_ids", "=", other.id)], limit=1
        )
        self.create_entry(
            [(receivable, 100), (income, -100)],
            company_id=other.id,
            journal_id=move.env["account.journal"]
            .search([("type", "=", "general"), ("company_id", "=", other.id)], limit=1)
            .id,
        )
        [group] = aging.formatted_read_group(
            [("partner_id", "=", self.customer.id)],
            ["partner_id"],
            ["amount:sum", "company_currency_id:array_agg_distinct"],
        )
        self.assertEqual(
            set(group["company_currency_id:array_agg_distinct"]),
            set((self.company | other).currency_id.ids),
        )
        self.assertFalse(group["amount:sum"], "no sum over two currencies")
        amounts = aging.formatted_read_group(
            [("partner_id", "=", self.customer.id)], ["company_id"], ["amount:sum"]
        )
        self.assertEqual([one["amount:sum"] for one in amounts], [100, 100])
