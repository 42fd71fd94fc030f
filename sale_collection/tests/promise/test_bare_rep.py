from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from ..common import CollectionCommon

ROLES = ("group_user", "group_all_customers", "group_credit_controller")
ROLES += ("group_manager",)


@tagged("post_install", "-at_install")
class TestBareRep(CollectionCommon):
    """A salesperson with our one group works on own customers, and on no others.

    No right in sales or accounting helps: what forms and dialogs name is looked at, and
    must not stop people in their own work.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep = cls.new_user("bare_rep", "sale_collection.group_user")
        cls.customer.user_id = cls.rep
        cls.colleagues = cls.env["res.partner"].create({"name": "A colleague's"})
        cls.invoice = cls.create_invoice(500)
        cls.other_invoice = cls.create_invoice(1234, partner=cls.colleagues)
        cls.line, cls.other_line = (
            cls.receivable_lines(invoice)
            for invoice in (cls.invoice, cls.other_invoice)
        )
        profiles = cls.env["sale.collection.profile"].sudo()
        cls.profile = profiles._for(cls.customer).with_user(cls.rep)
        cls.other_profile = profiles._for(cls.colleagues)
        cls.day = fields.Date.add(cls.company._collection_today(), days=5)

    def open_form(self, action):
        """Return the form of an action, as its dialog opens for the salesperson."""
        model = self.env[action["res_model"]].with_user(self.rep)
        model = model.with_context(**action["context"])
        views = action.get("views") or [(False, "form")]
        return Form(model, view=views[0][0] or None)

    def log(self, result):
        form = self.open_form(self.profile.action_log_contact())
        form.result = result
        return form

    def find_own(self, model):
        model = self.env[f"sale.collection.{model}"].with_user(self.rep)
        return model.search([("profile_id", "=", self.profile.id)])

    # === OWN CUSTOMERS ===#

    def test_promise_form(self):
        form = self.open_form(self.profile._open_new_promise())
        form.date = self.day
        self.assertEqual(form.amount, 500)
        promise = form.save()
        promise.action_open()
        self.assertEqual(promise.state, "open")
        self.assertEqual(promise.allocation_ids.line_id.sudo().ids, self.line.ids)

    def test_promise_on_one_instalment(self):
        form = self.open_form(self.profile._open_new_promise(self.line))
        form.date = self.day
        form.amount = 200
        self.assertEqual(form.save().allocation_ids.amount, 200)

    def test_talk_that_ends_with_a_promise(self):
        form = self.log("promised")
        form.next_date = self.day
        self.assertEqual(form.promise_amount, 500)
        form.save().action_save()
        self.assertEqual(self.find_own("promise").mapped("amount"), [500])
        self.assertEqual(self.find_own("contact").result, "promised")

    def test_talk_that_ends_with_a_dispute(self):
        form = self.log("disputes")
        form.reason_id = self.env["sale.collection.reason"].search([], limit=1)
        with form.line_ids.edit(0) as line:
            line.disputed = 120
        form.save().action_save()
        self.assertEqual(self.find_own("dispute").mapped("amount"), [120])

    def test_dispute_form(self):
        disputes = self.env["sale.collection.dispute"].with_user(self.rep)
        form = Form(disputes.with_context(default_profile_id=self.profile.id))
        form.reason_id = self.env["sale.collection.reason"].search([], limit=1)
        dispute = form.save()
        dispute.line_ids = [(0, 0, {"line_id": self.line.id})]
        self.assertEqual(dispute.amount, 500)
        dispute.line_ids.amount = 80
        dispute.action_cancel()
        self.assertEqual((dispute.amount, dispute.state), (80, "cancelled"))

    def test_statement(self):
        form = self.open_form(self.profile.action_open_statement())
        self.assertEqual(form.save().profile_ids, self.profile)

    def test_write_off_asked_for(self):
        self.company.collection_tail_percent = 5
        self.pay(self.invoice, amount=490)
        requests = self.env["sale.collection.write.off"].with_user(self.rep)
        reason = self.env["sale.collection.reason"].search([], limit=1)
        request = requests.create({"line_id": self.line.id, "reason_id": reason.id})
        self.assertEqual((request.amount, request.user_id), (10, self.rep))

    # === CUSTOMERS OF COLLEAGUES ===#

    def test_refusals_do_not_tell_the_number(self):
        """What is refused is named, and its number is what nobody may be told."""
        promise = self.env["sale.collection.promise"].with_user(self.rep)
        promise = promise.create({"profile_id": self.profile.id, "date": self.day})
        dispute = self.env["sale.collection.dispute"].with_user(self.rep)
        reason = self.env["sale.collection.reason"].search([], limit=1)
        dispute = dispute.create(
            {"profile_id": self.profile.id, "reason_id": reason.id}
        )
        line = {"line_id": self.other_line.id}
        for records, values in (
            (promise, {"allocation_ids": [(0, 0, line)]}),
            (promise.allocation_ids, line),
            (dispute, {"line_ids": [(0, 0, line)]}),
            (dispute, {"credit_note_id": self.other_invoice.id}),
        ):
            with self.subTest(values=values):
                with self.assertRaises(AccessError) as refused:
                    records.write(values)
                self.assertNotIn(self.other_invoice.name, str(refused.exception))
        for model, values in (
            ("promise.allocation", {"promise_id": promise.id, **line}),
            ("dispute.line", {"dispute_id": dispute.id, **line}),
        ):
            model = self.env[f"sale.collection.{model}"].with_user(self.rep)
            with self.subTest(model=model), self.assertRaises(AccessError) as refused:
                model.create(values)
            self.assertNotIn(self.other_invoice.name, str(refused.exception))

    # === EVERY FORM ===#

    def test_every_new_form_opens(self):
        """What forms propose themselves is never refused to those who may open them."""
        for role in ROLES:
            user = self.new_user(f"bare_{role}", f"sale_collection.{role}")
            self.customer.user_id = user
            about = {"default_profile_id": self.profile.id}
            for name, model in self.env.items():
                if not name.startswith("sale.collection.") or model._abstract:
                    continue
                model = model.with_user(user)
                if model._auto and model.has_access("create"):
                    spec = {name: {} for name in model.get_view()["models"][name]}
                    for form in (model, model.with_context(**about)):
                        with self.subTest(
                            role=role, form=name, about=form is not model
                        ):
                            form.onchange({}, [], spec)
