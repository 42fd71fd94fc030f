from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import CollectionCommon

PREFIX = "sale.collection."


@tagged("post_install", "-at_install")
class TestGiven(CollectionCommon):
    """What a client names is read and checked as the user, in the user's companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.make_user("given_manager", "sale_collection.group_manager")
        cls.controller = cls.make_user(
            "given_controller", "sale_collection.group_credit_controller"
        )
        cls.rep = cls.make_user("given_rep", "sale_collection.group_user")
        cls.own = cls.env["res.partner"].create(
            {"name": "Own customer", "user_id": cls.rep.id}
        )
        cls.own_invoice = cls.create_invoice(500, partner=cls.own)
        cls.invoice = cls.create_invoice(1234)  # nobody's customer
        cls.profiles = cls.env["sale.collection.profile"].sudo()
        cls.own_profile = cls.profiles._for(cls.own)
        cls.profile = cls.profiles._for(cls.customer)
        cls.foreign = cls.make_foreign()

    @classmethod
    def make_user(cls, login, groups):
        return new_test_user(
            cls.env,
            login=login,
            groups=groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def make_foreign(cls):
        """Return {model: a record of another company}."""
        data = cls.setup_other_company()
        company = data["company"]
        env = cls.env(su=True, context={"allowed_company_ids": company.ids})
        partner = env["res.partner"].create(
            {"name": "Foreign", "company_id": company.id}
        )
        invoice = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2026-01-01",
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "price_unit": 777, "tax_ids": []})
                ],
            }
        )
        invoice.action_post()
        profile = env["sale.collection.profile"]._for(partner)
        item = env["sale.collection.open.item"].browse(cls.receivable_lines(invoice).id)
        return {
            "sale.collection.open.item": item,
            "res.company": company,
            "res.partner": partner,
            "account.move": invoice,
            "account.move.line": cls.receivable_lines(invoice),
            "sale.collection.profile": profile,
        }

    def models_with(self, operation):
        return [
            model
            for name, model in self.env.items()
            if name.startswith(PREFIX)
            and not model._abstract
            and model._auto
            and model.with_user(self.manager).has_access(operation)
        ]

    def fields_of(self, model):
        """Yield (field name, foreign record, value) of what a client could give."""
        for name, field in model._fields.items():
            record = self.foreign.get(field.comodel_name)
            if record and field.store and not field.related:
                many = field.type == "many2many"
                yield name, record, [(6, 0, record.ids)] if many else record.id

    # === EVERY FORM AND DIALOG ===#

    def test_no_dialog_takes_records_of_another_company(self):
        tried = set()
        for model in self.models_with("create"):
            if not model._transient:
                continue
            for name, _record, value in self.fields_of(model):
                with self.subTest(model=model._name, field=name):
                    with self.assertRaises(AccessError):
                        model.with_user(self.manager).create({name: value})
                    with self.assertRaises(AccessError):
                        context = {f"default_{name}": value}
                        model.with_user(self.manager).with_context(**context).create({})
                    tried.add(model._name)
        self.assertLessEqual(
            {
                "sale.collection.credit.terms",
                "sale.collection.contact.log",
                "sale.collection.promise.bulk",
                "sale.collection.statement",
                "sale.collection.history.import",
            },
            tried,
        )

    def test_no_form_tells_of_another_company(self):
        for model in self.models_with("create"):
            for name, _record, value in self.fields_of(model):
                with self.subTest(model=model._name, field=name):
                    form = model.with_user(self.manager)
                    with self.assertRaises(AccessError):
                        form.onchange({name: value}, [name], {name: {}})
                    form = form.with_context(**{f"default_{name}": value})
                    if self.is_dropped(model, name):
                        found = form.onchange({}, [], {name: {}})
                        self.assertFalse(found["value"].get(name))
                        continue
                    with self.assertRaises(AccessError):
                        form.onchange({}, [], {name: {}})

    def is_dropped(self, model, name):
        """Tell whether a default from a context is left out before it is looked at."""
        if not hasattr(model, "_get_code_written"):
            return False
        return name in model._get_code_written() - model._created_with

    # === WHAT WAS FOUND ===#

    def test_terms_of_another_company_stay(self):
        profile = self.foreign["sale.collection.profile"]
        terms = self.env["sale.collection.credit.terms"].with_user(self.controller)
        with self.assertRaises(AccessError):
            terms.create(
                {"profile_id": profile.id, "credit_policy": "prepay", "reason": "x"}
            ).action_apply()
        self.assertEqual(profile.credit_policy, "unlimited")

    def test_terms_are_checked_where_they_are_applied(self):
        terms = self.env["sale.collection.credit.terms"].with_user(self.controller)
        dialog = terms.create(
            {
                "profile_id": self.profile.id,
                "credit_policy": "prepay",
                "reason": "Bankrupt",
            }
        )
        dialog.sudo().profile_id = self.foreign["sale.collection.profile"]
        with self.assertRaises(AccessError):
            dialog.action_apply()
        dialog.sudo().profile_id = self.profile
        dialog.action_apply()
        self.assertEqual(self.profile.credit_policy, "prepay")

    def test_unsaved_forms_tell_reps_of_their_own_customers_only(self):
        line, own_line = (
            self.receivable_lines(invoice).id
            for invoice in (self.invoice, self.own_invoice)
        )
        one = {
            "sale.collection.promise.allocation": ("residual", "line_name"),
            "sale.collection.dispute.line": ("amount_residual", "move_id"),
            "sale.collection.contact.log.line": ("amount_residual", "move_id"),
        }
        for model, names in one.items():
            with self.subTest(model=model):
                form = self.env[model].with_user(self.rep)
                spec = {name: {} for name in ("line_id", *names)}
                with self.assertRaises(AccessError):
                    form.onchange({"line_id": line}, ["line_id"], spec)
                told = form.onchange({"line_id": own_line}, ["line_id"], spec)
                self.assertEqual(told["value"][names[0]], 500)

    def test_bulk_promise_tells_reps_of_their_own_customers_only(self):
        dialogs = self.env["sale.collection.promise.bulk"].with_user(self.rep)
        spec = {"item_ids": {}, "amount": {}}
        lines = self.receivable_lines(self.invoice)
        for item in ([6, 0, lines.ids], [4, lines.id]):
            given = {"item_ids": [item], "date": "2026-12-31"}
            with self.subTest(command=item):
                with self.assertRaises(AccessError):
                    dialogs.onchange(given, ["item_ids"], spec)
                with self.assertRaises(AccessError):
                    dialogs.create(given)
        own = self.receivable_lines(self.own_invoice)
        told = dialogs.onchange({"item_ids": [[6, 0, own.ids]]}, ["item_ids"], spec)
        self.assertEqual(told["value"]["amount"], 500)

    def test_bulk_promise_of_a_rep(self):
        second = self.env["res.partner"].create(
            {"name": "Second customer", "user_id": self.rep.id}
        )
        invoices = self.own_invoice | self.create_invoice(300, partner=second)
        lines = self.receivable_lines(invoices)
        dialogs = self.env["sale.collection.promise.bulk"].with_user(self.rep)
        day = fields.Date.add(self.company._collection_today(), days=5)
        dialog = dialogs.with_context(default_item_ids=lines.ids).create({"date": day})
        self.assertEqual((dialog.customer_count, dialog.amount), (2, 800))
        action = dialog.action_apply()
        promises = self.env["sale.collection.promise"].with_user(self.rep)
        promises = promises.search(action["domain"])
        self.assertEqual(
            {(one.partner_id, one.amount, one.state) for one in promises},
            {(self.own, 500, "open"), (second, 300, "open")},
        )

    def test_rows_inside_a_form_are_looked_at(self):
        promise = self.env["sale.collection.promise"].with_user(self.rep)
        line = self.receivable_lines(self.invoice).id
        values = {
            "profile_id": self.own_profile.id,
            "allocation_ids": [(0, "virtual_1", {"line_id": line})],
        }
        with self.assertRaises(AccessError):
            promise.onchange(values, ["allocation_ids"], {"amount": {}})
        part = self.env["sale.collection.promise.allocation"].with_user(self.rep)
        with self.assertRaises(AccessError):
            part.onchange(
                {"promise_id": {"profile_id": self.profile.id}},
                ["promise_id"],
                {"amount": {}},
            )

    # === ABSURD VALUES ===#

    def test_values_nobody_can_work_with_are_refused_by_name(self):
        profile = {"profile_id": self.profile.id}
        promise = {**profile, "date": "2026-03-10", "amount": 100}
        terms = {**profile, "credit_policy": "limit", "reason": "x"}
        portal = self.make_user("given_portal", "base.group_portal").id
        cases = [
            ("promise", {**promise, "date": "9999-12-31"}, "Date"),
            ("promise", {**promise, "date": "1026-03-10"}, "Date"),
            ("promise", {**promise, "date": "soon"}, "Date"),
            ("promise", {**promise, "amount": 10**30}, "Amount"),
            ("promise", {**promise, "amount": float("nan")}, "Amount"),
            ("promise", {**promise, "note": "a\0b"}, "Internal note"),
            ("promise", {**promise, "user_id": portal}, "Collector"),
            ("promise", {**promise, "grace_days": 2**40}, "Days of grace"),
            ("credit.terms", {**terms, "guarantee_amount": 1e300}, "Guarantee"),
            ("credit.terms", {**terms, "credit_limit": float("inf")}, "Credit limit"),
            (
                "dispute",
                {**profile, "user_id": portal, "date": "2026-03-02"},
                "Owner",
            ),
            (
                "scorecard",
                {"name": "A", "line_ids": [(0, 0, {"weight": float("nan")})]},
                "Weight",
            ),
        ]
        for model, values, label in cases:
            with self.subTest(model=model, values=values):
                records = self.env[PREFIX + model].with_user(self.manager)
                with self.assertRaisesRegex(ValidationError, f"^{label}: "):
                    records.create(values)
        with self.assertRaisesRegex(ValidationError, "^Collector: "):
            self.profile.with_user(self.manager).user_id = portal

    # === FOUR EYES ===#

    def test_nobody_asks_for_a_write_off_in_the_name_of_another(self):
        colleague = self.make_user(
            "given_colleague", "sale_collection.group_credit_controller"
        )
        self.company.collection_tail_percent = 5
        self.pay(self.invoice, amount=1200)
        reason = self.env["sale.collection.reason"].search([], limit=1)
        requests = self.env["sale.collection.write.off"].with_user(self.controller)
        request = requests.create(
            {
                "line_id": self.receivable_lines(self.invoice).id,
                "reason_id": reason.id,
                "user_id": colleague.id,
            }
        )
        self.assertEqual(request.user_id, self.controller)
        with self.assertRaises(AccessError):
            request.action_approve()
        other = self.receivable_lines(self.own_invoice)
        for values in (
            {"user_id": colleague.id},
            {"line_id": other.id},
            {"profile_id": self.own_profile.id},
            {"move_id": self.own_invoice.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                request.write(values)
        request.note = "Agreed on the phone"

    def test_a_write_off_names_its_instalment(self):
        reason = self.env["sale.collection.reason"].search([], limit=1)
        requests = self.env["sale.collection.write.off"].with_user(self.controller)
        with self.assertRaisesRegex(UserError, "^Instalment: "):
            requests.create({"reason_id": reason.id})

    def test_a_talk_names_its_customer(self):
        talks = self.env["sale.collection.contact"].with_user(self.controller)
        with self.assertRaisesRegex(ValidationError, "^Customer: "):
            talks.create({"result": "reached"})
        talk = talks.with_context(default_profile_id=self.profile.id)
        talk = talk.create({"result": "paid_already"})
        self.assertEqual(talk.profile_id, self.profile.with_user(self.controller))

    def test_a_talk_holds_nothing_of_another_customer(self):
        promise = self.env["sale.collection.promise"].create(
            {
                "profile_id": self.own_profile.id,
                "date": fields.Date.add(fields.Date.today(), days=5),
            }
        )
        reason = self.env["sale.collection.reason"].search([], limit=1)
        dispute = self.env["sale.collection.dispute"].create(
            {"profile_id": self.own_profile.id, "reason_id": reason.id}
        )
        talk = {"profile_id": self.profile.id, "result": "paid_already"}
        for values, label in (
            ({"promise_id": promise.id}, "Promise"),
            ({"dispute_id": dispute.id}, "Dispute"),
            ({"contact_id": self.own.id}, "Person"),
            ({"move_ids": self.own_invoice.ids}, "Invoices"),
        ):
            with self.subTest(label=label):
                with self.assertRaisesRegex(ValidationError, f"^{label}: "):
                    self.env["sale.collection.contact"].create({**talk, **values})

    # === BOUNDS OF PROMISES ===#

    def promise_of(self, **values):
        today = self.company._collection_today()
        promise = self.env["sale.collection.promise"].with_user(self.controller)
        return promise.create(
            {
                "profile_id": self.profile.id,
                "date": fields.Date.add(today, days=5),
                **values,
            }
        )

    def test_terms_of_one_promise_are_bounded_by_the_settings(self):
        today = self.company._collection_today()
        for values, label in (
            ({"made_on": fields.Date.subtract(today, days=4)}, "Made on"),
            ({"threshold_percent": 0.01}, "Enough from"),
            ({"grace_days": 36500}, "Days of grace"),
            ({"contact_id": self.own.id}, "Promised by"),
        ):
            with self.subTest(label=label):
                with self.assertRaisesRegex(ValidationError, f"^{label}: "):
                    self.promise_of(**values)
                draft = self.promise_of()
                with self.assertRaisesRegex(ValidationError, f"^{label}: "):
                    draft.write(values)
        self.company.write(
            {
                "collection_promise_backdate_days": 4,
                "collection_promise_min_threshold": 50,
                "collection_promise_max_grace_days": 30,
            }
        )
        self.promise_of(
            made_on=fields.Date.subtract(today, days=4),
            threshold_percent=50,
            grace_days=30,
        )

    def test_a_promise_noted_later_says_so(self):
        today = self.company._collection_today()
        made = fields.Date.subtract(today, days=3)
        promise = self.promise_of(made_on=made)
        promise.action_open()
        self.assertEqual((promise.made_on, promise.noted_on), (made, today))
        log = promise.message_ids[0].body
        self.assertIn("Money that came in between counts", log)
        on_time = self.promise_of()
        on_time.action_open()
        self.assertEqual(on_time.noted_on, on_time.made_on)
        self.assertNotIn("in between", on_time.message_ids[0].body)

    def test_nobody_gives_the_day_on_which_a_promise_opens(self):
        with self.assertRaises(TypeError):
            self.promise_of().action_open("2020-01-01")

    def test_a_plan_of_a_million_payments(self):
        today = self.company._collection_today()
        plan = {"kind": "plan", "first_date": today, "payment_count": 10**6}
        with self.assertRaisesRegex(ValidationError, "^Number of payments: "):
            self.promise_of(**plan)

    # === OTHER VALUES ===#

    def test_payment_days_in_any_script(self):
        for text in ("\uff11\uff10\uff0c\uff12\uff15", "\u0661\u0660, 25", " 10.;25. "):
            with self.subTest(text=text):
                self.profile.payment_month_days = text
                self.assertEqual(self.profile.payment_month_days, "10,25")
        for text in ("0", "32", "ten", "9" * 5000):
            with self.subTest(text=text[:5]):
                with self.assertRaisesRegex(ValidationError, "^Payment days"):
                    self.profile.payment_month_days = text

    def test_an_odd_text_stops_the_list_for_nobody(self):
        self.profile.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_collection_profile SET payment_month_days = %s, "
            "payment_weekday = 'x' WHERE id = %s",
            ("\uff11\uff10,late", self.profile.id),
        )
        self.env.invalidate_all()
        items = self.env["sale.collection.open.item"].sudo()
        item = items.search([("move_id", "=", self.invoice.id)])
        self.assertEqual(item.amount, self.invoice.amount_residual)

    def test_negative_and_endless_limits(self):
        customer = self.customer.with_user(self.controller)
        for limit in (-1, float("nan"), 1e300):
            with self.subTest(limit=limit):
                with self.assertRaisesRegex(ValidationError, "^Credit limit: "):
                    customer.credit_limit = limit
                with self.assertRaisesRegex(ValidationError, "^Credit limit: "):
                    customer.create({"name": "New", "credit_limit": limit})
        terms = self.env["sale.collection.credit.terms"].with_user(self.controller)
        for name, label in (
            ("credit_limit", "Credit limit"),
            ("temporary_limit", "Temporary extra limit"),
            ("guarantee_amount", "Guarantee"),
        ):
            dialog = terms.create(
                {
                    "profile_id": self.profile.id,
                    "credit_policy": "limit",
                    "reason": "x",
                    name: -1,
                }
            )
            with self.assertRaisesRegex(ValidationError, f"^{label}: "):
                dialog.action_apply()

    def test_bands_of_the_aging_report(self):
        schemes = self.env["sale.collection.aging.scheme"]
        for bounds in (
            "30, 99999999999",
            "30, 40000",
            ",".join(map(str, range(1, 30))),
        ):
            with self.subTest(bounds=bounds):
                with self.assertRaisesRegex(ValidationError, "^Bands end after: "):
                    schemes.create({"name": "Odd", "bounds": bounds})

    def test_days_to_come(self):
        payment = self.pay(self.own_invoice, amount=500)
        later = fields.Date.add(self.company._collection_today(), days=400)
        with self.assertRaisesRegex(ValidationError, "^Date: "):
            self.env["sale.collection.bounce"]._bounce(payment, later, "funds")
        with self.assertRaisesRegex(ValidationError, "paid in the future"):
            self.env["sale.collection.history"].create(
                {
                    "partner_id": self.own.id,
                    "invoice_ref": "A1",
                    "invoice_date": "2025-01-01",
                    "due_date": "2025-02-01",
                    "paid_date": later,
                    "amount": 100,
                }
            )

    def test_no_empty_text_is_sent(self):
        self.own.email = "own@example.com"
        self.own_profile._refresh()
        promise = self.promise_of(profile_id=self.own_profile.id)
        writer = self.env["sale.collection.promise.follow.up"]
        for name, send in (
            ("promise_due", lambda xmlid: writer._mail(promise.sudo(), xmlid)),
            ("statement", lambda _xmlid: self.own_profile._send_statement()),
        ):
            xmlid = f"sale_collection.mail_template_{name}"
            template = self.env.ref(xmlid).sudo()
            template.body_html = "<p> <br/></p>"
            with self.subTest(template=name):
                with self.assertRaisesRegex(UserError, f"{template.name}.*out empty"):
                    send(xmlid)

    def test_settings_are_bounded(self):
        for name in (
            "collection_grace_days",
            "collection_promise_grace_days",
            "collection_promise_max_grace_days",
            "collection_promise_backdate_days",
            "collection_dispute_days",
            "collection_review_warning_days",
        ):
            with self.subTest(name=name), self.assertRaises(CheckViolation):
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    self.company[name] = 36500
                    self.company.flush_recordset()
