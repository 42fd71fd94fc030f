from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import JsonRpcException, tagged
from odoo.tools import convert_file, mute_logger

from odoo.addons.mail.tests.common import MockEmail

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestDisputePage(MockEmail, PortalCommon):
    """An objection has its page, where messages go both ways and notes stay inside."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owed = cls.owe(1000, -30)
        cls.collector = cls.new_user(
            "collector", "sale_collection.group_all_customers", email="c@example.com"
        )
        cls.collector.notification_type = "inbox"
        cls.profile.user_id = cls.collector
        cls.goods = cls.env.ref("sale_collection_portal.objection_goods")
        cls.dispute = (
            cls.receivable_lines(cls.owed)
            .sudo()
            ._collection_object(
                cls.customer, "Two boxes were broken.", (), 20, cls.goods
            )
            .with_env(cls.env)
        )
        cls.path = f"/my/statement/dispute/{cls.dispute.id}"

    def post(self, words, subtype="mail.mt_comment", **values):
        """Have the collector write below the dispute."""
        dispute = self.dispute.with_user(self.collector)
        return dispute.message_post(
            body=words, message_type="comment", subtype_xmlid=subtype, **values
        )

    def read_thread(self, page, **changes):
        """Return the messages that core's chatter on the page loads."""
        [thread] = page.xpath("//div[@id='discussion']")
        params = {
            "thread_model": thread.get("data-res_model"),
            "thread_id": int(thread.get("data-res_id")),
            "token": thread.get("data-token"),
            **changes,
        }
        found = self.make_jsonrpc_request("/mail/chatter_fetch", params)
        return found["data"]["mail.message"]

    def test_what_the_customer_reads(self):
        self.post("We are sorry and look at the photos.")
        self.post("Xnotex: they always say so.", "mail.mt_note")
        self.dispute.with_user(self.collector).note = "Xnotex"
        self.dispute.with_user(self.collector).side_at_fault = "customer"
        self.env.flush_all()
        self.env.cr.flush()  # tracked changes become messages
        self.login("customer")
        [link] = self.open("/my/statement").xpath("//a[@name='to_objection']/@href")
        self.assertEqual(link, self.path)
        page = self.open(link)
        self.assertEqual(self.read_texts(page, "objection"), [self.goods.name])
        self.assertEqual(self.read_texts(page, "words"), ["Two boxes were broken."])
        [item] = self.read_texts(page, "disputed_item")
        self.assertEqual(item, f"{self.owed.name} $ 20.00")
        self.assertNotIn(self.dispute.reason_id.name, page.text_content())
        [message] = self.read_thread(page)
        self.assertIn("We are sorry", str(message["body"]))
        self.assertNotIn("Xnotex", str(message))
        self.assertNotIn(self.dispute.reason_id.name, str(message))

    def test_answer_of_the_customer_reaches_the_owner(self):
        self.login("customer")
        [thread] = self.open(self.path).xpath("//div[@id='discussion']")
        answer = self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": self.dispute._name,
                "thread_id": self.dispute.id,
                "token": thread.get("data-token"),
                "post_data": {
                    "body": "Here is more.",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )
        self.assertNotIn(self.dispute.reason_id.name, str(answer))
        self.env.invalidate_all()
        message = self.env["mail.message"].browse(answer["message_id"])
        self.assertEqual(message.author_id, self.customer)
        self.assertFalse(message.is_internal)
        self.assertEqual(message.notified_partner_ids, self.collector.partner_id)
        self.assertTrue(message.with_user(self.collector).needaction)

    def test_answer_reaches_the_customer_without_our_reason(self):
        with self.mock_mail_gateway():
            self.post("We send two new boxes.")
        [mail] = self._mails
        self.assertIn(self.customer.email, mail["email_to"][0])
        text = mail["subject"] + mail["body"]
        self.assertIn("We send two new boxes.", text)
        self.assertIn(self.goods.name, text)
        self.assertNotIn(self.dispute.reason_id.name, text)
        self.assertIn(f'{self.path}"', text)
        self.assertNotIn(self.dispute._portal_ensure_token(), text)
        with self.mock_mail_gateway():
            self.post("Xnotex", "mail.mt_note")
        self.assertFalse(self._mails)

    def test_rejected(self):
        """Whoever rejects it says why, and the customer reads that and no more."""
        mine = self.dispute.with_user(self.collector)
        with self.assertRaisesRegex(UserError, "press Reject and say why"):
            mine.state = "rejected"
        action = mine.action_reject()
        self.assertEqual(mine.state, "open")
        dialogs = self.env[action["res_model"]].with_user(self.collector)
        dialog = dialogs.with_context(**action["context"]).create({"reason": "  "})
        with self.assertRaisesRegex(ValidationError, "the customer reads it"):
            dialog.action_reject()
        dialog.reason = "The <boxes> were whole\nwhen you signed."
        with self.mock_mail_gateway():
            dialog.action_reject()
        self.assertEqual((mine.state, mine.side_at_fault), ("rejected", "customer"))
        [mail] = self._mails
        self.assertIn("when you signed.", mail["body"])
        self.assertIn(self.customer.email, mail["email_to"][0])
        with self.assertRaisesRegex(UserError, "settled already"):
            dialog.action_reject()
        self.login("customer")
        page = self.open(self.path)
        [text] = self.read_texts(page, "objection_state")
        self.assertIn("we cannot agree Our answer is below.", text)
        [message] = self.read_thread(page)
        self.assertIn("The &lt;boxes&gt; were whole", str(message["body"]))
        self.assertNotIn(self.dispute.reason_id.name, str(message))

    def test_who_may_not_decide_answers_nobody(self):
        rep = self.new_user("dispute_rep", "sale_collection.group_user")
        self.customer.user_id = rep
        with self.assertRaisesRegex(AccessError, "people who see all customers"):
            self.dispute.with_user(rep)._reject_objection("No")
        self.assertEqual(self.dispute.state, "open")

    def test_who_sees_it(self):
        for name, scope, status in (
            ("customer", "all", 200),
            ("contact", "all", 200),
            ("contact", "own", 404),
            ("contact", "none", 404),
            ("other", "all", 404),
        ):
            with self.subTest(name=name, scope=scope):
                self.customer.collection_portal_scope = scope
                self.login(name)
                self.env.flush_all()
                self.assertEqual(self.url_open(self.path).status_code, status)
        with self.subTest("guest"):
            self.authenticate(None, None)
            self.assertIn("/web/login", self.url_open(self.path).url)

    def test_messages_of_others(self):
        self.post("We are sorry.")
        token = self.dispute._portal_ensure_token()
        self.env.flush_all()
        self.login("customer")
        page = self.open(self.path)
        self.assertEqual(len(self.read_thread(page, token=token)), 1)
        self.login("other")
        self.assertEqual(self.read_thread(page, token=None), [])
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.read_thread(page, token="forged")

    def test_token_opens_messages_alone(self):
        """Core hands out activities, followers and files to whoever has the token."""
        self.dispute.with_user(self.collector).activity_schedule(
            "mail.mail_activity_data_todo", summary="Xsummaryx", note="Xnotex"
        )
        self.env["ir.attachment"].create(
            {
                "name": "Xfilex",
                "raw": b"x",
                "res_model": self.dispute._name,
                "res_id": self.dispute.id,
            }
        )
        self.login("customer")
        [thread] = self.open(self.path).xpath("//div[@id='discussion']")
        asked = {
            "thread_model": self.dispute._name,
            "thread_id": self.dispute.id,
            "access_params": {"token": thread.get("data-token")},
            "request_list": ["activities", "attachments", "followers"],
        }
        found = self.make_jsonrpc_request(
            "/mail/data", {"fetch_params": [["mail.thread", asked]]}
        )
        [record] = found["mail.thread"]
        self.assertEqual(record["id"], self.dispute.id)
        for secret in ("Xsummaryx", "Xnotex", "Xfilex", self.collector.name):
            self.assertNotIn(secret, str(found))

    def test_reasons_that_a_manager_deleted(self):
        """An objection is read again without its reason, or made without ours."""
        name = "sale_collection_portal"
        late = self.env.ref("sale_collection.reason_delivery_late")
        self.env.ref(f"{name}.objection_missing").unlink()
        late.unlink()
        convert_file(self.env, name, "data/objection_data.xml", {}, mode="update")
        other = self.env.ref(f"{name}.reason_objection")
        missing = self.env.ref(f"{name}.objection_missing")
        self.assertEqual(missing.reason_id, other)
        (missing | self.env.ref(f"{name}.objection_other")).unlink()
        other.unlink()
        line = self.receivable_lines(self.owed).sudo()
        again = line._collection_object(self.customer, "More", (), 5, self.goods)
        self.assertEqual(again.reason_id, self.goods.reason_id)

    def create_ours(self):
        """Return a dispute that the collector opened, not the customer."""
        return self.env["sale.collection.dispute"].create(
            {
                "profile_id": self.profile.id,
                "reason_id": self.goods.reason_id.id,
                "note": "Xnotex",
            }
        )

    def test_token_of_a_dispute_of_ours_opens_nothing(self):
        """What we said among us stays so when the customer is mailed later."""
        self.dispute = ours = self.create_ours()
        self.post("Xtalkx")
        with self.mock_mail_gateway():
            self.post("We look into it.", partner_ids=self.customer.ids)
        [sent] = [
            mail for mail in self._mails if self.customer.email in mail["email_to"][0]
        ]
        self.assertIn("We look into it.", sent["body"])
        self.assertNotIn("access_token", sent["body"])
        token, pid = ours._portal_ensure_token(), self.customer.id
        sign = ours._sign_token(pid)
        self.env.flush_all()
        asked = {"thread_model": ours._name, "thread_id": ours.id, "token": token}
        for login in (None, "portal-customer"):
            self.authenticate(login, login)
            with (
                self.subTest(login=login),
                mute_logger("odoo.http"),
                self.assertRaises(JsonRpcException),
            ):
                self.make_jsonrpc_request("/mail/chatter_fetch", asked)
        threads = ours.with_user(self.env.ref("base.public_user"))
        for given in ({"token": token}, {"hash": sign, "pid": pid}):
            self.assertFalse(threads._get_thread_with_access(ours.id, **given))
        own = ours.with_user(self.collector)
        self.assertEqual(own._get_thread_with_access(ours.id, token=token), ours)

    def test_dispute_of_ours_has_no_page(self):
        ours = self.create_ours()
        self.assertIn(self.goods.reason_id.name, ours.display_name)
        self.login("customer")
        self.open(f"/my/statement/dispute/{ours.id}", status=404)
