from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PortalCommon


@tagged("post_install", "-at_install")
class TestTell(PortalCommon):
    """The customer promises a date, or says what is wrong."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owed = cls.owe(100, -30) + cls.owe(50, -10)
        cls.chosen = cls.receivable_lines(cls.owed)
        cls.goods = cls.env.ref("sale_collection_portal.objection_goods")

    def tell(self, lines, kind, **values):
        """Choose instalments, fill in the form, send it: return the page after."""
        path = self.choose(lines).replace("/pay?", "/tell?")
        page = self.open(path)
        [form] = page.xpath(f"//form[@name='{kind}']")
        given = {
            field.get("name"): field.get("value")
            for field in form.xpath(".//input[@value][@name != 'line']")
        }
        chosen = form.xpath(".//input[@name='line']/@value")
        if kind == "dispute":
            given["objection"] = self.goods.id
        self.env.flush_all()
        data = {**given, "line": chosen, **values}
        answer = self.url_open("/my/statement/told", data=data)
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        return answer

    def test_promise_of_the_customer(self):
        self.login("customer")
        day = self.today + timedelta(5)
        self.tell(self.chosen[0], "promise", day=str(day))
        promise = self.env["sale.collection.promise"].search(
            [("profile_id", "=", self.profile.id)]
        )
        self.assertEqual((promise.amount, promise.date), (100, day))
        self.assertEqual(promise.state, "open")
        self.assertTrue(promise.is_from_portal)
        self.assertEqual(promise.contact_id, self.customer)
        self.assertEqual(promise.allocation_ids.line_id, self.chosen[0])
        page = self.open("/my/statement?told=promise")
        self.assertEqual(len(self.read_texts(page, "promised")), 1)
        page = self.open(self.choose(self.chosen[0]).replace("/pay?", "/tell?"))
        self.assertFalse(page.xpath("//form[@name='promise']"))

    def test_promise_of_a_part(self):
        """300 of 1,000: the rest is chased on, and 300 keep the promise."""
        young, old = self.owe(600, -10), self.owe(400, -20)
        chosen = self.receivable_lines(young + old)
        day = self.today + timedelta(4)
        self.login("customer")
        page = self.open(self.choose(chosen).replace("/pay?", "/tell?"))
        [amount] = page.xpath("//form[@name='promise']//input[@name='amount']")
        self.assertEqual(float(amount.get("value")), 1000)
        self.assertEqual(float(amount.get("max")), 1000)
        self.tell(chosen, "promise", day=str(day), amount="300")
        promise = self.env["sale.collection.promise"].search(
            [("profile_id", "=", self.profile.id)]
        )
        self.assertEqual((promise.amount, promise.date), (300, day))
        [part] = promise.allocation_ids
        self.assertEqual(part.line_id, self.receivable_lines(old))
        self.assertEqual((part.amount, part.amount_open), (300, 400))
        self.pay(old, 300, date=day)
        self.env.cr.flush()
        self.profile._judge_promises(day)
        self.assertEqual((promise.state, promise.amount_received), ("kept", 300))

    def test_promise_fills_the_oldest_first(self):
        young, old = self.owe(600, -10), self.owe(400, -20)
        chosen = self.receivable_lines(young + old).sudo()
        promise = chosen._collection_promise(self.customer, self.today, 450)
        parts = {part.line_id.move_id: part.amount for part in promise.allocation_ids}
        self.assertEqual(parts, {old: 400, young: 50})

    def test_promise_in_another_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2000-01-01", 2)])
        owed = self.owe(1000, -30, currency_id=euro.id)
        line = self.receivable_lines(owed).sudo()
        promise = line._collection_promise(self.customer, self.today, 300)
        self.assertEqual((promise.currency_id, promise.amount), (self.currency, 150))

    def test_promise_of_a_wrong_amount(self):
        self.login("customer")
        day = str(self.today + timedelta(4))
        for amount in ("0", "-5", "150.01", "0.001", "nan", "inf", "x", ""):
            with self.subTest(amount=amount):
                answer = self.tell(self.chosen, "promise", day=day, amount=amount)
                self.assertIn("Amount: please enter more than 0", answer.text)
                self.assertIn("150.00", answer.text)
        promises = self.env["sale.collection.promise"]
        self.assertFalse(promises.search([("profile_id", "=", self.profile.id)]))

    def test_promise_of_too_little(self):
        """10 percent of what was chosen, at least: cents kept would make reliable."""
        page_of = self.choose(self.chosen).replace("/pay?", "/tell?")
        self.login("customer")
        [amount] = self.open(page_of).xpath(
            "//form[@name='promise']//input[@name='amount']"
        )
        self.assertEqual(float(amount.get("min")), 15)
        day = str(self.today + timedelta(4))
        promises = self.env["sale.collection.promise"]
        for little in ("0.01", "14.99"):
            with self.subTest(amount=little):
                answer = self.tell(self.chosen, "promise", day=day, amount=little)
                self.assertRegex(answer.text, r"promise at least .*15\.00")
                self.assertFalse(
                    promises.search([("profile_id", "=", self.profile.id)])
                )
        self.tell(self.chosen, "promise", day=day, amount="15")
        promise = promises.search([("profile_id", "=", self.profile.id)])
        self.assertEqual((promise.state, promise.amount), ("open", 15))

    def test_promise_within_the_days_allowed(self):
        self.login("customer")
        for day in (self.today + timedelta(15), self.today - timedelta(1), "x"):
            answer = self.tell(self.chosen, "promise", day=str(day))
            self.assertIn("call us", answer.text)
        promises = self.env["sale.collection.promise"]
        self.assertFalse(promises.search([("profile_id", "=", self.profile.id)]))
        self.company.collection_portal_promise_days = 0
        page = self.open(self.choose(self.chosen).replace("/pay?", "/tell?"))
        self.assertFalse(page.xpath("//form[@name='promise']"))
        with self.assertRaisesRegex(UserError, "call us"):
            self.chosen.sudo()._collection_promise(self.customer, self.today)
        self.assertFalse(promises.search([("profile_id", "=", self.profile.id)]))

    def test_objection_opens_a_dispute(self):
        self.login("customer")
        self.tell(self.chosen[1], "dispute", words="Two boxes were broken.")
        dispute = self.env["sale.collection.dispute"].search(
            [("profile_id", "=", self.profile.id)]
        )
        self.assertEqual(dispute.amount, 50)
        self.assertIn("Two boxes were broken.", dispute.note)
        self.assertEqual(dispute.line_ids.line_id, self.chosen[1])
        page = self.open("/my/statement")
        self.assertEqual(len(self.read_texts(page, "disputed")), 1)
        page = self.open(self.choose(self.chosen[1]).replace("/pay?", "/tell?"))
        self.assertEqual(
            self.read_texts(page, "disputed"), ["We are looking into this already."]
        )
        self.assertFalse(page.xpath("//form[@name='dispute']"))
        with self.assertRaisesRegex(UserError, "looking into this already"):
            self.chosen[1].sudo()._collection_object(self.customer, "Again")

    def test_objection_to_a_part(self):
        """20 of 1,000 are wrong: the rest is chased on."""
        owed = self.owe(1000, -30)
        line = self.receivable_lines(owed)
        self.login("customer")
        self.tell(line, "dispute", amount="20", words="Two boxes were broken.")
        dispute = self.env["sale.collection.dispute"].search(
            [("profile_id", "=", self.profile.id)]
        )
        self.assertEqual(dispute.line_ids.mapped("amount"), [20])
        self.assertEqual(dispute.words, "Two boxes were broken.")
        self.assertEqual(dispute.objection_id, self.goods)
        reason = self.env.ref("sale_collection.reason_quality_complaint")
        self.assertEqual(dispute.reason_id, reason)
        item = line.sudo()._collection_get_open_items()
        self.assertEqual((item.amount, item.amount_disputed), (1000, 20))
        self.profile._refresh()
        self.assertEqual(self.profile.amount_disputed, 20)
        with self.subTest("the rest can be objected to later"):
            page = self.open(self.choose(line).replace("/pay?", "/tell?"))
            [amount] = page.xpath("//form[@name='dispute']//input[@name='amount']")
            self.assertEqual(float(amount.get("value")), 980)
            self.tell(line, "dispute", amount="980.01", words="More")
            self.assertEqual(line.sudo()._collection_get_open_items(), item)
            self.env.invalidate_all()
            self.assertEqual(item.amount_disputed, 20)
            self.tell(line, "dispute", amount="980", words="More")
            self.assertEqual(item.amount_disputed, 1000)

    def test_objection_in_another_currency(self):
        euro = self.setup_other_currency("EUR", rates=[("2000-01-01", 3)])
        line = self.receivable_lines(self.owe(100, -30, currency_id=euro.id)).sudo()
        line._collection_object(self.customer, "Broken", amount=50)
        item = line._collection_get_open_items()
        item.invalidate_recordset()
        self.assertEqual((item.amount, item.amount_disputed), (33.33, 16.67))
        self.assertEqual(item._collect_undisputed(), {item: 49.98})
        line._collection_object(self.customer, "All of it", amount=49.98)
        item.invalidate_recordset()
        self.assertEqual(item.amount_disputed, 33.33)

    def test_objection_that_is_wrong(self):
        self.login("customer")
        for amount in ("0", "-1", "50.01", "x", "nan"):
            with self.subTest(amount=amount):
                answer = self.tell(
                    self.chosen[1], "dispute", amount=amount, words="Broken"
                )
                self.assertIn("Amount: please enter more than 0", answer.text)
        for objection in ("", "0", "x"):
            with self.subTest(objection=objection):
                answer = self.tell(
                    self.chosen[1], "dispute", objection=objection, words="Broken"
                )
                self.assertIn("What is wrong: please choose", answer.text)
        disputes = self.env["sale.collection.dispute"]
        self.assertFalse(disputes.search([("profile_id", "=", self.profile.id)]))

    def test_list_of_objections(self):
        """Customers read their own words, never our reasons."""
        self.login("customer")
        path = self.choose(self.chosen).replace("/pay?", "/tell?")
        page = self.open(path)
        options = page.xpath("//select[@name='objection']/option/text()")
        self.assertIn(self.goods.name, options)
        text = page.text_content()
        for reason in self.env["sale.collection.reason"].search([]):
            self.assertNotIn(reason.name, text)
        manager = self.new_user("objections", "sale_collection.group_manager")
        self.goods.with_user(manager).write({"name": "Broken"})
        (self.env["sale.collection.objection"].search([]) - self.goods).active = False
        page = self.open(path)
        options = page.xpath("//select[@name='objection']/option/text()")
        self.assertEqual(options, ["Please choose", "Broken"])
        user = self.new_user("reader", "sale_collection.group_user")
        with self.assertRaises(AccessError):
            self.goods.with_user(user).name = "Mine"

    def test_nothing_about_others(self):
        self.login("other")
        self.env.flush_all()
        path = self.choose(self.chosen).replace("/pay?", "/tell?")
        page = self.open(path)
        self.assertFalse(page.xpath("//form[@name='dispute']"))
        with self.subTest("guest"):
            self.authenticate(None, None)
            self.assertIn("/web/login", self.url_open(path).url)
