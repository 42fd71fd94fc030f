from lxml import etree

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from ..common import REP, CollectionCommon


@freeze_time("2026-03-02")
@tagged("post_install", "-at_install")
class TestOwnCustomers(CollectionCommon):
    """Reps see all figures of their own customers and none of others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep, cls.colleague, cls.controller, cls.auditor, cls.outsider = (
            cls.new_users(
                "own",
                rep=REP,
                peer=REP,
                controller="sale_collection.group_credit_controller",
                auditor="account.group_account_readonly",
                sales="sales_team.group_sale_salesman",
            )
        )
        cls.shared, cls.other = cls.env["res.partner"].create(
            [{"name": "Shared"}, {"name": "Other"}]
        )
        cls.first = cls.create_invoice(
            100, "2026-01-01", "2026-01-31", cls.shared, invoice_user_id=cls.rep.id
        )
        cls.second = cls.create_invoice(
            200,
            "2026-02-01",
            "2026-04-30",
            cls.shared,
            invoice_user_id=cls.colleague.id,
        )
        cls.create_invoice(
            400, "2026-01-01", "2026-01-31", cls.other, invoice_user_id=cls.colleague.id
        )
        cls.profiles = cls.env["sale.collection.profile"]
        cls.profiles._for(cls.shared | cls.other)
        cls.profiles.sudo()._refresh()

    def seen_by(self, user):
        return self.profiles.with_user(user).search([]).partner_id & (
            self.shared | self.other
        )

    def test_two_reps_sharing_a_customer_see_the_same_totals(self):
        totals = {
            user: self.shared.with_user(user)._get_collection_totals()[self.shared.id]
            for user in (self.rep, self.colleague, self.controller, self.auditor)
        }
        self.assertEqual(totals[self.rep]["amount_open"], 300)
        for user, seen in totals.items():
            with self.subTest(user=user.login):
                self.assertEqual(seen, totals[self.controller])

    def test_collector_is_given_from_the_list(self):
        """Controllers give ticked customers to somebody, and change nothing else."""
        profiles = self.profiles._for(self.shared | self.other)
        for user, wanted in ((self.controller, {"user_id"}), (self.rep, set())):
            with self.subTest(user=user.login):
                arch = self.profiles.with_user(user).get_view(view_type="list")["arch"]
                columns = etree.fromstring(arch).iter("field")
                described = self.profiles.fields_get()
                changed = {
                    column.get("name")
                    for column in columns
                    if not column.get("readonly")
                    and not described[column.get("name")]["readonly"]
                }
                self.assertEqual(changed, wanted)
        profiles.with_user(self.controller).write({"user_id": self.colleague.id})
        self.assertEqual(profiles.user_id, self.colleague)
        with self.assertRaises(AccessError):
            profiles[0].with_user(self.rep).write({"user_id": self.rep.id})

    def test_lists_show_own_customers(self):
        self.assertEqual(self.seen_by(self.rep), self.shared)
        everyone = self.shared | self.other
        for user in (self.colleague, self.controller, self.auditor):
            self.assertEqual(self.seen_by(user), everyone)
        with self.assertRaises(AccessError):
            self.seen_by(self.outsider)

    def test_every_instalment_of_an_own_customer_is_listed(self):
        for model in ("sale.collection.open.item", "sale.collection.aging"):
            rows = self.env[model].with_user(self.rep).search([])
            self.assertEqual(
                rows.move_id, (self.first | self.second).with_env(rows.env)
            )
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.outsider).search([])

    def test_receipts_of_own_customers(self):
        self.pay(self.second, 50)
        self.cr.flush()
        receipts = self.receipts.with_user(self.rep).search([])
        self.assertEqual(receipts.partner_id, self.shared)

    def test_totals_of_others_are_refused(self):
        self.assertEqual(self.other.with_user(self.rep)._get_collection_totals(), {})
        self.assertFalse(self.other.with_user(self.rep).collection_profile_id)
        self.assertEqual(
            self.shared.with_user(self.outsider)._get_collection_totals(), {}
        )
        with self.assertRaises(AccessError):
            _ = self.shared.with_user(self.outsider).collection_profile_id

    def test_ways_to_own(self):
        own = self.env["res.partner"].with_user(self.rep)
        domain = [("collection_is_own", "=", True)]
        customers = self.shared | self.other | self.customer
        within = [("id", "in", customers.ids)]
        self.assertEqual(own.search(domain + within), self.shared)
        self.customer.user_id = self.rep
        self.profiles._for(self.other).sudo().user_id = self.rep
        self.assertEqual(own.search(domain + within), customers.with_user(self.rep))
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.other.id}
        )
        self.assertTrue(contact.with_user(self.rep).collection_is_own)
        self.pay(self.first, 100)
        self.env.invalidate_all()
        self.assertFalse(self.shared.with_user(self.rep).collection_is_own)
        not_own = [("collection_is_own", "=", False)]
        self.assertEqual(own.search(not_own + within), self.shared)

    def test_what_does_not_count_as_paid_is_own(self):
        company = self.env["res.company"].create({"name": "Other company"})
        self.rep.company_ids += company
        shared = self.shared.with_user(self.rep)
        here = shared.with_context(allowed_company_ids=self.company.ids)
        both = (self.company | company).ids

        def assertOwn(expected):
            self.assertFalse(self.first.amount_residual, "core takes it for paid")
            self.env.invalidate_all()
            for own in (here, shared.with_context(allowed_company_ids=both)):
                self.assertEqual(own.collection_is_own, expected)
            elsewhere = shared.with_context(allowed_company_ids=company.ids)
            self.assertFalse(elsewhere.collection_is_own)

        payment = self.pay(self.first, date="2026-02-20")
        assertOwn(False)
        payment.action_draft()
        assertOwn(True)
        self.assertEqual(self.seen_by(self.rep), self.shared)
        payment.date = "2026-03-12"
        payment.action_post()
        assertOwn(True)
        with freeze_time("2026-03-12"):
            assertOwn(False)

    def test_search_by_profile(self):
        partners = self.env["res.partner"].with_user(self.rep)
        overdue = [("collection_profile_id.amount_overdue", ">", 0)]
        self.assertEqual(partners.search(overdue), self.shared)
        within = ("id", "in", (self.shared | self.customer).ids)
        none = partners.search([within, ("collection_profile_id", "=", False)])
        self.assertEqual(none, self.customer)
        some = partners.search([within, ("collection_profile_id", "!=", False)])
        self.assertEqual(some, self.shared)

    def test_customer_form_by_role(self):
        for user in (self.rep, self.controller, self.auditor):
            with self.subTest(user=user.login):
                form = Form(self.shared.with_user(user))
                self.assertEqual(form.collection_overdue, 100)
                self.assertIn("300", form.record.collection_summary_html)
        form = Form(self.shared.with_user(self.outsider))
        self.assertNotIn("collection_overdue", form._view["fields"])
        with self.assertRaises(AccessError):
            form.record.read(["collection_summary_html"])
        self.assertFalse(self.other.with_user(self.rep).collection_summary_html)

    def test_documents_of_colleagues_stay_closed(self):
        items = self.env["sale.collection.open.item"].with_user(self.rep).search([])
        own = items.filtered(lambda item: item.move_id == self.first)
        self.assertEqual(own.action_open_document()["res_id"], self.first.id)
        with self.assertRaisesRegex(UserError, "own_peer"):
            (items - own).action_open_document()
        with self.assertRaises(AccessError):
            self.other.with_user(self.rep).action_open_collection_profile()

    def test_branch_reads_the_profile_of_the_root(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self.rep.company_ids += branch
        shared = self.shared.with_user(self.rep).with_company(branch)
        profile = self.profiles._for(self.shared)
        self.assertEqual(shared.collection_profile_id, profile.with_env(shared.env))
        self.assertEqual(Form(shared).collection_overdue, 100)

    def test_profile_form_by_role(self):
        profile = self.profiles._for(self.shared)
        for user in (self.rep, self.controller, self.auditor):
            with self.subTest(user=user.login):
                form = Form(profile.with_user(user))
                self.assertEqual(form.amount_open, 300)

    def test_contact_roles_on_the_customer_form(self):
        contact = self.env["res.partner"].create(
            {"name": "Treasurer", "parent_id": self.shared.id, "phone": "555"}
        )
        shared = self.shared.with_user(self.rep)
        action = shared.action_open_collection_roles()
        roles = self.env[action["res_model"]].with_user(self.rep)
        roles = roles.with_context(**action["context"])
        with Form(roles, view="sale_collection.contact_role_view_list") as role:
            role.contact_id = contact
            role.role = "finance"
        role = roles.search(action["domain"])
        self.assertEqual((role.contact_id, role.role), (contact, "finance"))
        self.env.invalidate_all()
        picture = shared.collection_summary_html
        self.assertIn("Finance", picture)
        self.assertIn("Treasurer", picture)
        self.assertIn('href="tel:555"', picture)

    def assertFormAdds(self, most, record):
        """Assert how many queries our fields add to reading the form of a record."""
        shown = Form(record)._view["fields_spec"]
        core = {
            name: asked
            for name, asked in shown.items()
            if not name.startswith("collection_")
        }

        def read(asked):
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            record.web_read(asked)
            return self.cr.sql_log_count - start

        read(shown)
        self.assertLessEqual(read(shown) - read(core), most)

    def test_forms_of_core_are_as_quick_as_before(self):
        for user in (self.rep, self.controller, self.auditor):
            with self.subTest(user=user.login):
                self.assertFormAdds(8, self.shared.with_user(user))
        # A salesperson alone cannot open core's form of an invoice: it reads payments.
        self.assertFormAdds(6, self.first.with_user(self.auditor))

    def test_what_is_on_a_tab_is_read_when_it_is_opened(self):
        shown = Form(self.shared.with_user(self.controller))._view["fields_spec"]
        self.assertFalse({"collection_summary_html", "collection_role_ids"} & {*shown})

    def test_a_parent_chosen_in_a_form_shows_nothing_of_its_debts(self):
        contact = self.env["res.partner"].create(
            {"name": "Branch", "parent_id": self.shared.id}
        )
        # Forms of contacts open for those alone who may write them.
        editor = self.new_user("editor", f"{REP},base.group_partner_manager")
        self.first.invoice_user_id = editor
        spec = {"parent_id": {}, "collection_overdue": {}}
        for parent, overdue in ((self.shared, 100.0), (self.other, 0.0)):
            with self.subTest(parent=parent.name):
                found = contact.with_user(editor).onchange(
                    {"parent_id": parent.id}, ["parent_id"], spec
                )
                value = found["value"].get("collection_overdue", overdue)
                self.assertEqual(value, overdue)
                fresh = self.env["res.partner"].with_user(editor)
                found = fresh.onchange(
                    {"parent_id": parent.id, "name": "New"}, ["parent_id"], spec
                )
                self.assertEqual(found["value"].get("collection_overdue", 0), overdue)

    def test_partner_list_reads_profiles_in_one_go(self):
        fields = ["name", "collection_profile_id", "collection_is_own"]

        def read(partners):
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            partners.with_user(self.rep).read(fields)
            return self.cr.sql_log_count - start

        more = self.env["res.partner"].create([{"name": f"C{i}"} for i in range(20)])
        self.profiles._for(more)
        read(self.shared)
        self.assertEqual(read(more | self.shared), read(self.shared))
