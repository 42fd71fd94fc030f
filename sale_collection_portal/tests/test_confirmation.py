import base64
import json
import re
from ast import literal_eval
from datetime import timedelta
from unittest.mock import patch

from lxml import etree, html

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import PortalCommon

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestConfirmation(PortalCommon):
    """Asking customers whether the balance is right, and what they answer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owe(100, -10)
        cls.owe(900, -5, partner=cls.other)
        cls.other.email = "other@example.com"
        cls.others = cls.profiles._for(cls.other)
        cls.confirmations = cls.env["sale.collection.confirmation"]
        cls.day = cls.today - timedelta(1)

    def ask(self, profiles=None, day=None):
        """Send the round as a user does; return the questions."""
        given = profiles or self.profile
        dialog = self.env["sale.collection.statement"].create(
            {
                "profile_ids": given.ids,
                "asks_confirmation": True,
                "confirm_date": day or self.day,
            }
        )
        dialog.action_send()
        return self.confirmations.search([("profile_id", "in", given.ids)])

    def get_address(self, asked):
        """Return the path of the link in the mail that waits."""
        message = self.env["mail.scheduled.message"].search(
            [
                ("model", "=", "sale.collection.profile"),
                ("res_id", "=", asked.profile_id.id),
            ],
            order="id desc",
            limit=1,
        )
        self.assertIn("/my/statement/open/", message.body)
        [path] = set(re.findall(r"/my/statement/confirm/[\w-]+", message.body))
        return path

    def post(self, path, **values):
        self.send(path, self.open(path), **values)

    def send(self, path, page, currency=None, **values):
        """Answer on a page that is open, in its form of a currency."""
        forms = page.xpath("//form[@name='answer']")
        named = [
            form
            for form in forms
            if form.xpath(f".//input[@name='currency'][@value='{currency}']")
        ]
        [form, *_others] = named or forms
        hidden = {
            field.get("name"): field.get("value")
            for field in form.xpath(".//input[@type='hidden']")
        }
        given = {**hidden, "currency": currency or "", **values}
        answer = self.url_open(path, data=given)
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        return html.fromstring(answer.text)

    def sign(self, page, **values):
        """Sign on a page that is open."""
        [props] = page.xpath("//owl-component[@name='portal.signature_form']/@props")
        return self.make_jsonrpc_request(json.loads(props)["callUrl"], values)

    # === ASK ===#

    def test_balance_of_the_day_is_asked_for(self):
        self.pay(self.owe(20), 5, date=self.day - timedelta(1))
        self.pay(self.owe(40), date=self.today)
        asked = self.ask()
        self.assertEqual((asked.amount, asked.state), (155, "sent"))
        self.assertEqual(asked.date, self.day)
        self.assertTrue(self.profile.with_env(self.env).confirmation_text)

    def test_one_for_each_currency(self):
        euro = self.setup_other_currency("EUR")
        self.owe(20, currency_id=euro.id)
        asked = self.ask()
        found = {one.currency_id: one.amount for one in asked}
        self.assertEqual(found, {self.currency: 100, euro: 20})

    def test_asked_again_is_the_same_question(self):
        first = self.ask()
        self.owe(11)
        again = self.ask()
        self.assertEqual(again, first)
        self.assertEqual(first.amount, 111)
        first._answer("agreed", "Ms Li")
        with self.assertRaises(UserError):
            self.ask()

    def test_mail_asks_about_the_day_asked_for_last(self):
        later = self.ask()
        later.sudo().asked_on -= timedelta(hours=1)
        earlier = self.ask(day=self.day - timedelta(1)) - later
        link = self.profile._get_confirm_link(earlier.date)
        self.assertIn(self.get_address(earlier), link)
        self.ask()
        self.assertNotIn(self.get_address(later), link)
        later.sudo().asked_on -= timedelta(hours=1)
        earlier.sudo().asked_on -= timedelta(hours=2)
        earlier.action_ask_again()
        self.assertIn(self.get_address(earlier), link)

    def test_question_nobody_was_sent_hides_behind_no_older_one(self):
        """Sent yesterday, asked again today with no address to send it to."""
        older = self.ask(day=self.day - timedelta(1))
        older.sudo().asked_on -= timedelta(days=1)
        self.customer.email = False
        self.contact.email = False
        newer = self.ask() - older
        self.assertFalse(newer.asked_on)
        found = self.confirmations._find_waiting(self.profile)
        self.assertEqual(found[self.profile.id], newer)

    def test_nothing_to_confirm(self):
        empty = self.profiles._for(self.branch)
        with self.assertRaises(UserError):
            self.ask(empty)
        with self.assertRaises(UserError):
            self.ask(day=self.today + timedelta(1))

    def test_queries_do_not_grow_with_customers(self):
        partners = self.env["res.partner"].create(
            [{"name": f"C{number}", "email": "c@example.com"} for number in range(12)]
        )
        for partner in partners:
            self.owe(10, partner=partner)
        profiles = self.profiles._for(partners)
        self.confirmations._ask(profiles[:1], self.day - timedelta(1))
        some, many = (
            self.count_queries(self.confirmations._ask, given, self.day)
            for given in (profiles[:2], profiles[2:])
        )
        self.assertLessEqual(many, some)
        some, many = (
            self.count_queries(given._draw_statement_texts)
            for given in (profiles[:2], profiles[2:])
        )
        self.assertLessEqual(many, some + 1)

    def test_round_of_300(self):
        """Mails, answers, and the list that shows who has answered; 3 have no mail."""
        partners = self.env["res.partner"].create(
            [{"name": f"C{number}", "email": "c@example.com"} for number in range(300)]
        )
        self.create_entry(
            [
                *((self.receivable, 10, partner) for partner in partners),
                (self.revenue, -3000),
            ],
            date=self.day,
        )
        partners[:3].email = False
        profiles = self.profiles._for(partners)
        mails = self.env["mail.scheduled.message"]
        few = self.count_queries(self.ask, profiles[:100])
        sent = [("model", "=", profiles._name), ("res_id", "in", profiles.ids)]
        self.assertEqual(mails.search_count(sent), 97)
        many = self.count_queries(self.ask, profiles)
        # rows are inserted a hundred at a time, answers to the first 100 are renewed
        self.assertLess(many, 2 * few)
        self.assertEqual(mails.search_count(sent), 97 + 297)
        asked = self.confirmations.search([("date", "=", self.day)])
        self.assertEqual(len(asked), 300)
        by_partner = asked.grouped("partner_id")
        for partner in partners[10:15]:
            path = self.get_address(by_partner[partner])
            self.post(path, answer="agreed", name="Ms Li")
        self.post(
            self.get_address(by_partner[partners[20]]),
            answer="differs",
            name="Mr Wu",
            words="We owe 9.",
        )
        self.assertEqual(
            self.count_round(),
            {"sent": 300 - 3 - 6, "unsent": 3, "agreed": 5, "differs": 1},
        )

    def count_round(self):
        """Return how many balances each filter of the list shows."""
        view = self.env.ref("sale_collection_portal.confirmation_view_search")
        return {
            node.get("name"): self.confirmations.search_count(
                [("date", "=", self.day), *literal_eval(node.get("domain"))]
            )
            for node in etree.fromstring(view.arch).xpath("//filter[@domain]")
        }

    def test_question_nobody_was_sent(self):
        """Without an address it waits to be printed, until a mail can go."""
        self.customer.email = False
        self.contact.email = False
        asked = self.ask(self.profile | self.others)
        own = asked.filtered(lambda one: one.profile_id == self.profile)
        self.assertFalse(own.asked_on)
        self.assertTrue((asked - own).asked_on)
        self.assertEqual((self.count_round()["unsent"], own.state), (1, "sent"))
        own.action_ask_again()
        self.assertFalse(own.asked_on)
        self.customer.email = "new@example.com"
        self.profile.with_env(self.env)._send_statement()
        self.assertTrue(self.get_address(own))
        self.assertTrue(own.asked_on)
        self.assertEqual(self.count_round()["unsent"], 0)

    # === ANSWER ===#

    def test_agrees(self):
        asked = self.ask()
        path = self.get_address(asked)
        page = self.open(f"{path}?answer=agreed")
        self.assertIn("100.00", self.read_texts(page, "asked")[0])
        # following the link answers nothing: a mail scanner does
        self.assertEqual(asked.state, "sent")
        self.post(path, answer="agreed", name="Ms Li")
        self.assertEqual((asked.state, asked.answered_by), ("agreed", "Ms Li"))
        self.assertEqual(asked.answered_ip, "127.0.0.1")
        self.assertTrue(asked.answered_on)
        page = self.open(path)
        self.assertIn("Ms Li", self.read_texts(page, "answered")[0])

    def test_differs_opens_a_dispute(self):
        asked = self.ask()
        self.post(
            self.get_address(asked),
            answer="differs",
            name="Mr Wu",
            words="We miss document 17.",
        )
        self.assertEqual(asked.state, "differs")
        self.assertIn("We miss document 17.", asked.dispute_id.note)
        self.assertEqual(asked.dispute_id.profile_id, self.profile)
        self.assertEqual(asked.dispute_id.state, "open")

    def test_each_currency_has_its_answer(self):
        """EUR is right, USD is not: neither answer is given for the other."""
        euro = self.setup_other_currency("EUR")
        self.owe(20, currency_id=euro.id)
        asked = self.ask().grouped("currency_id")
        path = self.get_address(asked[euro])
        page = self.open(f"{path}?answer=differs")
        forms = page.xpath("//form[@name='answer']")
        self.assertEqual(len(forms), 2)
        for form in forms:
            self.assertTrue(form.xpath(".//button[@value='agreed']"))
        self.post(path, answer="agreed", name="Ms Li")
        self.assertEqual([asked[one].state for one in asked], ["sent", "sent"])
        self.post(path, answer="agreed", name="Ms Li", currency=euro.id)
        self.post(path, answer="agreed", name="Ms Li", currency=euro.id)
        self.assertEqual(asked[euro].state, "agreed")
        self.assertEqual(asked[self.currency].state, "sent")
        usd = self.currency.id
        self.post(path, answer="differs", name="Ms Li", words="No", currency=usd)
        self.assertEqual(asked[self.currency].state, "differs")
        self.assertEqual(asked[euro].state, "agreed")
        self.assertFalse(asked[euro].dispute_id)
        dispute = asked[self.currency].dispute_id
        self.assertIn("$ 100.00", dispute.note.replace("\xa0", " "))
        self.assertNotIn("20.00", dispute.note)
        [first, second] = self.read_texts(self.open(path), "answered")
        self.assertEqual(("agreeing" in first), ("EUR" in first))
        self.assertEqual(("agreeing" in second), ("EUR" in second))
        text = self.profile.with_env(self.env).confirmation_text.replace("\xa0", " ")
        self.assertIn("Agreed: 20.00", text)
        self.assertIn("Differs: $ 100.00", text)

    def test_answer_without_name_or_words(self):
        asked = self.ask()
        path = self.get_address(asked)
        self.post(path, answer="agreed", name=" ")
        self.post(path, answer="differs", name="Mr Wu")
        self.post(path, answer="whatever", name="Mr Wu")
        self.assertEqual(asked.state, "sent")

    def test_answered_once(self):
        asked = self.ask()
        asked._answer("agreed", "Ms Li")
        with self.assertRaises(UserError):
            asked._answer("differs", "Mr Wu", words="No")
        self.assertEqual(asked.state, "agreed")

    def test_agrees_with_a_signature(self):
        asked = self.ask()
        path = self.get_address(asked)
        page = self.open(path)
        self.assertIn("missing", self.sign(page, name="Ms Li")["error"])
        answer = self.sign(page, name="Ms Li", signature=PIXEL)
        self.assertEqual(answer["redirect_url"], path)
        self.env.invalidate_all()
        self.assertEqual(asked.state, "agreed")
        self.assertTrue(asked.signature)

    def test_balance_that_changed_since_it_was_shown(self):
        """100 were shown, 111 are asked about: nothing is said of 111."""
        asked = self.ask()
        path = self.get_address(asked)
        page = self.open(path)
        self.owe(11)
        self.ask()
        self.assertEqual(asked.amount, 111)
        differs = {"answer": "differs", "words": "We owe 90."}
        for given in ({"answer": "agreed"}, differs):
            with self.subTest(**given):
                again = self.send(path, page, name="Ms Li", **given)
                [error] = self.read_texts(again, "error")
                self.assertIn("The balance has changed.", error)
                self.assertIn("111.00", self.read_texts(again, "asked")[0])
                self.assertEqual(asked.state, "sent")
        signed = self.sign(page, name="Ms Li", signature=PIXEL)
        self.assertIn("The balance has changed.", signed["error"])
        bare = self.make_jsonrpc_request(
            f"{path}/sign", {"name": "Ms Li", "signature": PIXEL}
        )
        self.assertIn("The balance has changed.", bare["error"])
        self.env.invalidate_all()
        self.assertEqual((asked.state, asked.signature), ("sent", False))
        self.send(path, again, name="Ms Li", answer="agreed")
        self.assertEqual(asked.state, "agreed")

    def test_signature_for_several_currencies(self):
        """One of them is brought up to date: none of them is agreed to."""
        euro = self.setup_other_currency("EUR")
        self.owe(20, currency_id=euro.id)
        asked = self.ask()
        page = self.open(self.get_address(asked[:1]))
        self.owe(5, currency_id=euro.id)
        self.ask()
        signed = self.sign(page, name="Ms Li", signature=PIXEL)
        self.assertIn("The balance has changed.", signed["error"])
        page = self.open(self.get_address(asked[:1]))
        self.assertNotIn("error", self.sign(page, name="Ms Li", signature=PIXEL))
        self.env.invalidate_all()
        self.assertEqual(set(asked.mapped("state")), {"agreed"})

    def test_signature_that_is_no_picture(self):
        asked = self.ask()
        signature = base64.b64encode(b"no picture").decode()
        page = self.open(self.get_address(asked))
        answer = self.sign(page, name="Ms Li", signature=signature)
        self.assertIn("could not be decoded", answer["error"])
        self.env.invalidate_all()
        self.assertEqual(asked.state, "sent")
        self.assertFalse(asked.signature)

    def test_forged_link(self):
        asked = self.ask()
        path = self.get_address(asked)
        page = self.open(path[:-3] + "AAA", status=410)
        self.assertEqual(len(self.read_texts(page, "expired")), 1)
        # a link to pay answers nothing
        other = self.profile._get_pay_link().rpartition("/")[2]
        self.open(f"/my/statement/confirm/{other}", status=410)
        with mute_logger("odoo.http"):
            answer = self.make_jsonrpc_request(
                "/my/statement/confirm/x/sign", {"name": "X", "signature": PIXEL}
            )
        self.assertIn("error", answer)

    def open_paper(self, asked, user, **values):
        """Return the dialog for answers on paper, filled in."""
        action = asked.with_user(user).action_answer_on_paper()
        dialog = self.env[action["res_model"]].with_user(user)
        return dialog.with_context(**action["context"]).create(
            {
                "person": "Ms Li",
                "date": self.day,
                "scan": base64.b64encode(b"%PDF scan"),
                "scan_name": "scan.pdf",
                **values,
            }
        )

    def test_on_paper(self):
        """A paper of the 3rd that comes on the 5th: limitation begins on the 3rd."""
        day = self.today - timedelta(2)
        asked = self.ask(day=self.today - timedelta(4))
        user = self.new_user("paper", "sale_collection.group_all_customers")
        # Words typed before "Agreed" was chosen deny nothing.
        self.open_paper(asked, user, date=day, words="17 is missing.").action_note()
        self.assertEqual((asked.state, asked.registered_by_id), ("agreed", user))
        self.assertEqual((asked.answered_by, asked.words), ("Ms Li", False))
        scan = self.env["ir.attachment"].search(
            [("res_model", "=", asked._name), ("res_id", "=", asked.id)]
        )
        self.assertEqual((scan.name, scan.raw), ("scan.pdf", b"%PDF scan"))
        query = self.env["sale.collection.acknowledgement"]._get_sql(self.company)
        self.env.flush_all()
        days = {row[1] for row in self.env.execute_query(query)}
        self.assertEqual(days, {day})
        with self.assertRaisesRegex(UserError, "have been answered"):
            asked.with_user(user).action_answer_on_paper()

    def test_differs_on_paper(self):
        asked = self.ask()
        user = self.new_user("paper", "sale_collection.group_all_customers")
        with self.assertRaisesRegex(UserError, "say what differs"):
            self.open_paper(asked, user, answer="differs").action_note()
        paper = self.open_paper(asked, user, answer="differs", words="17 is missing.")
        paper.action_note()
        self.assertEqual(asked.state, "differs")
        self.assertIn("Ms Li does not agree", asked.dispute_id.note)
        self.assertIn("17 is missing.", asked.dispute_id.note)

    def test_paper_that_proves_nothing(self):
        asked = self.ask(self.profile | self.others)
        own = asked.filtered(lambda one: one.profile_id == self.profile)
        user = self.new_user("paper", "sale_collection.group_all_customers")
        for values, words in (
            ({"date": self.today + timedelta(1)}, "Answered on: choose a day"),
            ({"date": self.day - timedelta(1)}, "Answered on: choose a day"),
            ({"scan": False}, "scan"),
            ({"person": " "}, "your name"),
        ):
            with (
                self.subTest(**values),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(Exception, words),
                self.cr.savepoint(),
            ):
                self.open_paper(own, user, **values).action_note()
        with self.assertRaisesRegex(UserError, "one customer and day"):
            self.open_paper(asked, user).action_note()
        self.assertEqual(set(asked.mapped("state")), {"sent"})

    def test_auditor_does_not_answer_on_paper(self):
        asked = self.ask()
        auditor = self.new_user("paper auditor", "account.group_account_readonly")
        self.assertEqual(asked.with_user(auditor).state, "sent")
        with self.assertRaises(AccessError):
            self.open_paper(asked, auditor).action_note()
        self.assertEqual(asked.state, "sent")

    def test_users_answer_on_paper_for_their_own_customers(self):
        asked = self.ask(self.profile | self.others)
        rep = self.new_user("paper rep", "sale_collection.group_user")
        self.customer.user_id = rep
        own = asked.filtered(lambda one: one.profile_id == self.profile)
        self.open_paper(own, rep).action_note()
        self.assertEqual(own.state, "agreed")
        theirs = self.env["sale.collection.paper.answer"].with_user(rep)
        with self.assertRaises(AccessError):
            theirs.create(
                {
                    "confirmation_ids": (asked - own).ids,
                    "person": "Forged",
                    "date": self.day,
                    "scan": base64.b64encode(b"x"),
                }
            ).action_note()
        self.assertEqual((asked - own).state, "sent")

    # === MERGED CUSTOMERS ===#

    def test_merged_customers_keep_one_open_question_and_all_answers(self):
        kept, given = self.env["res.partner"].create(
            [{"name": "Twin", "email": "twin@example.com"} for _number in range(2)]
        )
        self.owe(20, partner=kept)
        self.owe(30, partner=given)
        profiles = self.profiles._for(kept | given)
        answered = self.ask(profiles, self.day - timedelta(1))
        answered._answer("agreed", "Ms Li")
        waiting = self.ask(profiles) - answered
        self.assertEqual((len(answered), len(waiting)), (2, 2))
        own = waiting.filtered(lambda one: one.partner_id == kept)
        merge = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        merge._merge((kept | given).ids, kept)
        found = self.confirmations.search([("partner_id", "=", kept.id)])
        self.assertEqual(found, own | answered)
        self.assertEqual(sorted(answered.mapped("amount")), [20, 30])
        with self.assertRaisesRegex(UserError, "up to date"):
            own._answer("agreed", "Ms Li")
        self.profiles._refresh_touched(kept)
        self.assertEqual(own.amount, 50)

    def test_answer_for_a_part_is_none_for_the_whole(self):
        """20 and 30 were agreed; of the 50 they owe as one nothing is confirmed."""
        kept, given = self.env["res.partner"].create(
            [{"name": "Twin", "email": "twin@example.com"} for _number in range(2)]
        )
        self.owe(20, partner=kept)
        self.owe(30, partner=given)
        profiles = self.profiles._for(kept | given)
        self.ask(profiles)._answer("agreed", "Ms Li")
        profile = self.profiles._for(kept)
        self.assertIn("20", profile.confirmation_text)
        merge = self.env["base.partner.merge.automatic.wizard"].sudo().create({})
        merge._merge((kept | given).ids, kept)
        self.profiles._refresh_touched(kept)
        self.assertFalse(profile.confirmation_text)
        again = self.ask(profile).filtered(lambda one: one.state == "sent")
        self.assertEqual((again.amount, again.is_part), (50, False))
        again._answer("agreed", "Ms Li")
        self.env.invalidate_all()
        self.assertIn("50", profile.confirmation_text)

    # === WHO SEES IT ===#

    def test_collectors_see_their_own_customers(self):
        self.ask(self.profile | self.others)
        user = self.new_user("own", "sale_collection.group_user")
        self.customer.user_id = user
        found = self.confirmations.with_user(user).search([])
        self.assertEqual(found.partner_id, self.customer)
        self.assertFalse(found.has_access("write"))

    def test_user_of_a_branch_sees_questions_of_the_root(self):
        asked = self.ask()
        branch = self.env["res.company"].sudo()
        branch = branch.create({"name": "Branch", "parent_id": self.company.id})
        user = self.new_user("of branch", "sale_collection.group_all_customers")
        user.write({"company_ids": [Command.set(branch.ids)], "company_id": branch.id})
        found = self.confirmations.with_user(user).search([])
        self.assertEqual(found, asked)
        self.assertEqual(found.mapped("amount"), [100])

    def test_statement_repeats_an_open_question(self):
        asked = self.ask()
        self.profile.with_env(self.env)._send_statement()
        self.assertTrue(self.get_address(asked))
        asked._answer("agreed", "Ms Li")
        self.profile.with_env(self.env)._send_statement()
        with self.assertRaises(ValueError):
            self.get_address(asked)

    def test_link_of_ticked_instalments(self):
        lines = self.receivable_lines(self.owe(5) + self.owe(6))
        rep = self.new_user("bare", "sale_collection.group_user")
        self.customer.user_id = rep
        items = self.env["sale.collection.open.item"].with_user(rep)
        items = items.search([("id", "in", lines.ids)])
        action = items.action_link_to_pay()
        dialog = self.env[action["res_model"]].with_user(rep)
        dialog = Form(dialog.with_context(**action["context"]))
        page = self.open(dialog.link.removeprefix(self.base_url()))
        self.assertEqual(len(self.read_texts(page, "open_item")), 2)
        self.assertTrue(dialog.qr_code)

    def test_link_of_very_many_instalments_has_no_qr_code(self):
        lines = self.receivable_lines(self.owe(5))
        dialog = self.env["sale.collection.pay.link"].create(
            {"profile_id": self.profile.id, "line_ids": [Command.set(lines.ids)]}
        )
        link = f"https://example.com/{'x' * 3000}"
        with patch.object(type(self.profile), "_get_pay_link", lambda *_args: link):
            self.assertEqual(dialog.link, link)
            self.assertFalse(dialog.qr_code)
