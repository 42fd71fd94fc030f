from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

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
        return {
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
                    with self.assertRaises(AccessError):
                        form = form.with_context(**{f"default_{name}": value})
                        form.onchange({}, [], {name: {}})

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
        form = self.env["sale.collection.promise.bulk"].with_user(self.rep)
        spec = {"item_ids": {}, "amount": {}}
        for command in ([6, 0], [4]):
            lines = self.receivable_lines(self.invoice)
            item = [*command, lines.ids if command[0] == 6 else lines.id]
            with self.subTest(command=item), self.assertRaises(AccessError):
                form.onchange({"item_ids": [item]}, ["item_ids"], spec)
        own = self.receivable_lines(self.own_invoice)
        told = form.onchange({"item_ids": [[6, 0, own.ids]]}, ["item_ids"], spec)
        self.assertEqual(told["value"]["amount"], 500)

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
