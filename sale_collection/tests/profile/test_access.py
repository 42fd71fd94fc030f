from odoo.exceptions import AccessError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import TransactionCase, new_test_user, tagged

# Work lists of the machine, and rows seen through the record they belong to.
WITHOUT_COMPANY = {"sale.collection.run.phase"}
MACHINE = {
    "sale.collection.lock",
    "sale.collection.money.notice",
    "sale.collection.queue",
    "sale.collection.schedule",
}


@tagged("post_install", "-at_install")
class TestAccess(TransactionCase):
    """Every model of the base has its rights and rules: their list makes the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = [
            model
            for name, model in cls.env.items()
            if name.startswith("sale.collection.")
            and model._original_module == "sale_collection"
            and not model._abstract
            and not model._transient
        ]

    def rules(self, model):
        return self.env["ir.rule"].search([("model_id.model", "=", model._name)])

    def test_every_model_can_be_read_by_somebody(self):
        for model in self.models:
            with self.subTest(model=model._name):
                rights = self.env["ir.model.access"].search(
                    [("model_id.model", "=", model._name), ("group_id", "!=", False)]
                )
                self.assertTrue(rights.filtered("perm_read"))
                for right in rights:
                    self.assertNotEqual(right.group_id, self.env.ref("base.group_user"))

    def test_every_model_keeps_to_its_companies(self):
        for model in self.models:
            field = model._fields.get("company_id")
            if not field or model._name in WITHOUT_COMPANY:
                continue
            with self.subTest(model=model._name):
                shared = self.rules(model).filtered(lambda rule: not rule.groups)
                self.assertTrue(
                    any("company_id" in rule.domain_force for rule in shared)
                )

    def test_users_are_kept_to_their_own_customers(self):
        user = self.env.ref("sale_collection.group_user")
        for model in self.models:
            if not {"partner_id", "profile_id", "customer_id"} & set(model._fields):
                continue
            readers = self.env["ir.model.access"].search(
                [("model_id.model", "=", model._name), ("perm_read", "=", True)]
            )
            if user not in readers.group_id:
                continue
            with self.subTest(model=model._name):
                rules = self.rules(model).filtered(lambda rule: user in rule.groups)
                self.assertTrue(rules)
                for rule in rules:
                    self.assertIn("collection_is_own", rule.domain_force)

    def test_auditors_write_nothing(self):
        auditors = self.env.ref("account.group_account_readonly")
        for model in self.models:
            with self.subTest(model=model._name):
                rights = self.env["ir.model.access"].search(
                    [
                        ("model_id.model", "=", model._name),
                        ("group_id", "=", auditors.id),
                    ]
                )
                self.assertFalse(
                    rights.filtered(
                        lambda right: (
                            right.perm_write or right.perm_create or right.perm_unlink
                        )
                    )
                )

    def test_accountants_read_all(self):
        for group in ("readonly", "invoice", "manager"):
            user = new_test_user(
                self.env, group, groups=f"account.group_account_{group}"
            )
            for model in self.models:
                if model._name in MACHINE:
                    continue
                with self.subTest(group=group, model=model._name):
                    self.assertTrue(model.with_user(user).has_access("read"))

    def test_dialogs_are_their_users_own(self):
        """Odoo has no owner rule for transient models: each needs one of ours."""
        dialogs = [
            name
            for name, model in self.env.items()
            if name.startswith("sale.collection.") and model._transient
        ]
        self.assertTrue(dialogs)
        for name in dialogs:
            with self.subTest(model=name):
                rules = self.rules(self.env[name]).filtered(
                    lambda rule: not rule.groups
                )
                self.assertIn(
                    "[('create_uid', '=', user.id)]", rules.mapped("domain_force")
                )

    def test_nobody_reads_a_dialog_of_others(self):
        owner, other = (
            new_test_user(self.env, login, groups="sale_collection.group_manager")
            for login in ("owner", "other")
        )
        dialog = self.env["sale.collection.history.import"].with_user(owner).create({})
        dialog.read(["file"])
        with self.assertRaises(AccessError):
            dialog.with_user(other).read(["file"])

    def test_portal_users_read_nothing_of_ours(self):
        """What customers can open in the portal says nothing of how they are judged."""
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        found = 0
        for name, model in self.env.items():
            if name.startswith("sale.collection.") or model._transient:
                continue
            for field in model._fields.values():
                ours = [name.startswith("sale_collection") for name in field._modules]
                if not ours or not all(ours):
                    continue
                found += 1
                with self.subTest(field=str(field)):
                    self.assertTrue(field.groups)
                    may_read = model.with_user(portal)._has_field_access(field, "read")
                    self.assertFalse(may_read)
        self.assertTrue(found)

    def test_readonly_fields_are_written_by_code_only(self):
        """Every model that users write leaves its readonly stored fields alone."""
        guard = self.env.registry["sale.collection.code.written"]
        manager = new_test_user(
            self.env, "writer", groups="sale_collection.group_manager"
        )
        for model in self.models:
            names = {
                field.name
                for field in model._fields.values()
                if field.store and field.readonly and field.name not in MAGIC_COLUMNS
            }
            rights = self.env["ir.model.access"].search(
                [("model_id.model", "=", model._name)]
            )
            if not names or not any(
                right.perm_write or right.perm_create for right in rights
            ):
                continue
            with self.subTest(model=model._name):
                self.assertIsInstance(model, guard)
                self.assertEqual(model._get_code_written(), names)
                self.assertLessEqual(model._created_with, names)
                model = model.with_user(manager)
                vals = dict.fromkeys(names, False)
                self.assertEqual(model._strip_code_written(vals), {})
                names -= model._created_with
                context = {f"default_{name}": 12345 for name in names}
                for forged in (model, model.sudo()):
                    found = forged.with_context(**context).default_get(sorted(names))
                    self.assertNotIn(12345, found.values())
