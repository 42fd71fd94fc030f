from datetime import datetime, time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .test_visit import DOT, VisitCommon


@tagged("post_install", "-at_install")
class TestVisitSent(VisitCommon):
    """Somebody else than the customer's own rep is sent to the door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sent, cls.friend = cls.new_users(
            "sent",
            visitor="sale_collection.group_user",
            friend="sale_collection.group_user",
        )

    def send(self, user=None, visitor=None, **values):
        """Return a visit for which a user sends somebody, as the visitor sees it."""
        visitor = visitor or self.sent
        visit = self.plan(user or self.controller, user_id=visitor.id, **values)
        self.env.flush_all()
        self.env.invalidate_all()
        return visit.with_user(visitor)

    def assertSees(self, user, sees):
        """Check whether a user reads what this customer owes."""
        self.env.flush_all()
        self.env.invalidate_all()
        own = self.env["sale.collection.profile"].with_user(user).search([])
        self.assertEqual(own, self.profile if sees else own.browse())

    def test_the_visitor_makes_the_visit(self):
        self.assertSees(self.sent, False)
        visit = self.send()
        self.assertEqual(visit.search([("user_id", "=", self.sent.id)]), visit)
        self.assertEqual((visit.amount_due, visit.phone), (1000, "+44 113 2"))
        self.assertEqual(visit.sent_by_id, self.controller)
        visit.write({"hour": 10, "note": "Back door"})
        html, __ = (
            self.env["ir.actions.report"]
            .with_user(self.sent)
            ._render_qweb_html("sale_collection_field.visit_sheet", visit.ids)
        )
        self.assertIn(self.invoice.name, html.decode())
        self.sign(visit)
        self.assertEqual(visit.signed_by, "Mr Chan")
        action = visit.action_log_contact()
        model = self.env[action["res_model"]].with_user(self.sent)
        form = Form(model.with_context(**action["context"]))
        form.result = "promised"
        form.next_date = self.day(3)
        form.save().action_save()
        self.assertEqual((visit.state, visit.talk_id.user_id), ("done", self.sent))
        promise = self.profile.promise_ids
        self.assertEqual((promise.state, promise.amount), ("open", 1000))
        action = visit.action_new_notice()
        model = self.env[action["res_model"]].with_user(self.sent)
        form = Form(model.with_context(**action["context"]), view=action["views"][0][0])
        form.amount = 150
        self.assertEqual(form.save().amount, 150)
        sheet = self.env["sale.collection.day.sheet"].with_user(self.sent).create({})
        self.assertEqual(sheet.talk_ids, visit.talk_id)

    def sign(self, visit):
        action = visit.action_sign()
        model = self.env[action["res_model"]].with_user(self.sent)
        form = Form(model.with_context(**action["context"]))
        form.signature, form.signed_by = DOT, "Mr Chan"
        form.save().action_apply()

    def test_the_own_rep_sends_a_colleague(self):
        visit = self.plan()
        visit.user_id = self.sent
        self.assertEqual(visit.sent_by_id, self.rep)
        self.assertSees(self.sent, True)
        visit.user_id = self.rep
        self.assertFalse(visit.sent_by_id)
        self.assertSees(self.sent, False)

    def test_until_when(self):
        """A visitor reads for 14 days after the visit, and not when it is cancelled."""
        self.send(date=self.day(1))
        self.assertSees(self.sent, True)
        with freeze_time(datetime.combine(self.day(15), time(12))):
            self.assertSees(self.sent, True)
        with freeze_time(datetime.combine(self.day(16), time(12))):
            self.assertSees(self.sent, False)
        self.profile.visit_ids.action_cancel()
        self.assertSees(self.sent, False)

    def test_nobody_sends_themselves(self):
        for values in (
            {"profile_id": self.profile.id},
            {"profile_id": self.profile.id, "sent_by_id": self.controller.id},
            {"profile_id": self.profile.id, "user_id": self.friend.id},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.visits.with_user(self.sent).create(values)
        mine = self.env["res.partner"].create({"name": "Mine"})
        mine.user_id = self.sent
        profile = self.env["sale.collection.profile"]._for(mine)
        visit = self.plan(self.sent, profile_id=profile.id)
        with self.assertRaisesRegex(UserError, "stays with its customer"):
            visit.profile_id = self.profile
        visit.write({"partner_id": self.customer.id, "sent_by_id": self.rep.id})
        self.assertEqual((visit.partner_id, visit.sent_by_id.id), (mine, False))
        found = self.env["sale.collection.profile"].with_user(self.sent).search([])
        self.assertEqual(found, profile)

    def test_a_visitor_sends_nobody_on_and_stays_no_longer(self):
        visit = self.send()
        for values in ({"user_id": self.friend.id}, {"date": self.day(30)}):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(
                    ValidationError, "Date, Visitor: .*Customer.*field_rep"
                ),
            ):
                visit.write(values)
        with self.assertRaisesRegex(ValidationError, "Visitor"):
            self.plan(self.sent, user_id=self.friend.id)
        self.assertSees(self.friend, False)
        with self.assertRaisesRegex(UserError, "stays on record"):
            visit.unlink()
        # Further ones, for the visitor or of the visitor's promise, open no door.
        self.plan(self.sent, date=self.day(60))
        promise = self.env["sale.collection.promise"].with_user(self.sent)
        promise = promise.create(
            {
                "profile_id": self.profile.id,
                "amount": 1000,
                "date": self.day(40),
                "mode": "collect",
                "user_id": self.sent.id,
            }
        )
        promise.action_open()
        self.assertEqual(promise.sudo().visit_ids.user_id, self.sent)
        with freeze_time(datetime.combine(self.day(16), time(12))):
            self.assertSees(self.sent, False)

    def test_a_missed_visit_is_planned_again(self):
        visit = self.send()
        self.miss(self.day(1))
        again = self.visits.browse(visit.action_plan_again()["res_id"])
        self.assertEqual((again.user_id, again.state), (self.sent, "planned"))
        self.assertEqual(again.with_user(self.sent).amount_due, 1000)
        with freeze_time(datetime.combine(self.day(16), time(12))):
            self.assertSees(self.sent, False)

    def test_whoever_plans_it_again_for_another_sends_them(self):
        """The first visit was so long ago that the visitor sees nothing any more."""
        missed = self.send(date=self.day(1)).with_user(self.controller)
        missed.sudo().state = "missed"
        with freeze_time(datetime.combine(self.day(20), time(12))):
            self.assertSees(self.sent, False)
            action = missed.action_plan_again()
            again = self.visits.browse(action["res_id"]).sudo()
            self.assertEqual(again.user_id, self.sent)
            self.assertEqual(again.sent_by_id, self.controller)
            self.assertSees(self.sent, True)

    def test_only_who_can_open_it_is_sent(self):
        clerk = self.new_user("sent_clerk", "base.group_user")
        with self.assertRaisesRegex(ValidationError, "Visitor: .*sent_clerk"):
            self.send(visitor=clerk)
