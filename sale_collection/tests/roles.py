from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import new_test_user

# Each of them alone, with nothing but what it implies.
ROLES = (
    "sale_collection.group_user",
    "sale_collection.group_all_customers",
    "sale_collection.group_credit_controller",
    "sale_collection.group_manager",
    "account.group_account_readonly",
    "account.group_account_invoice",
    "account.group_account_manager",
)
RELATIONS = ("many2one", "reference", "many2one_reference")
RECORDS = 5


class RolesCase:
    """Opens every list and record of an addon as each role with that role alone.

    Mixed into a test case that has something in every list. A role given a sales or
    accounting group besides would hide what it cannot read by itself.
    """

    def each_role(self):
        """Yield (group, environment of a user with it and what it implies)."""
        for group in ROLES:
            user = new_test_user(
                self.env,
                f"bare {group}",
                groups=group,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            self.customer.user_id = user
            self.env.flush_all()
            yield group, self.env(user=user)

    def find_actions(self):
        """Return the lists and forms that the addon of this test opens by XML id."""
        data = self.env["ir.model.data"].search(
            [
                ("module", "=", self.test_module),
                ("model", "=", "ir.actions.act_window"),
            ]
        )
        actions = self.env["ir.actions.act_window"].browse(data.mapped("res_id"))
        return actions.filtered(
            lambda action: not self.env[action.res_model]._transient
        )

    def find_menu_actions(self, env):
        """Return what the menu entries of the addon open for a user, server side."""
        data = self.env["ir.model.data"].search(
            [("module", "=", self.test_module), ("model", "=", "ir.ui.menu")]
        )
        visible = env["ir.ui.menu"]._visible_menu_ids()
        menus = self.env["ir.ui.menu"].browse(
            menu for menu in data.mapped("res_id") if menu in visible
        )
        return [menu.action for menu in menus if menu.action]

    def prepare_specification(self, model, node):
        """Return what the web client asks for to show a view."""
        specification = {}
        for child in node.xpath(".//field[not(ancestor::field)]"):
            field = model._fields.get(child.get("name"))
            if field is None:
                continue
            if field.type in RELATIONS:
                specification[field.name] = {"fields": {"display_name": {}}}
            elif field.type in ("one2many", "many2many"):
                inner = child.find("list")
                inner = child.find("kanban") if inner is None else inner
                comodel = model.env[field.comodel_name]
                fields = {"display_name": {}}
                if inner is not None:
                    inner = etree.fromstring(etree.tostring(inner))
                    fields |= self.prepare_specification(comodel, inner)
                specification[field.name] = {"fields": fields}
            else:
                specification[field.name] = {}
        return specification

    def open_action(self, env, action):
        """Read as a user what the views of an action show of the first records."""
        model = env[action.res_model]
        pairs = {
            kind: (view or False, kind)
            for view, kind in action.views
            if kind in ("list", "kanban", "form")
        }
        pairs.setdefault("form", (False, "form"))
        views = model.get_views(list(pairs.values()))["views"]
        found = model.search([], limit=RECORDS)
        for kind, view in views.items():
            specification = self.prepare_specification(
                model, etree.fromstring(view["arch"])
            )
            specification["display_name"] = {}
            env.invalidate_all()
            if kind == "form":
                found.web_read(specification)
            else:
                model.web_search_read([], specification, limit=RECORDS)
        return len(found)

    def test_each_role_opens_every_list_and_record(self):
        for group, env in self.each_role():
            for action in self.find_actions():
                if not env[action.res_model].has_access("read"):
                    continue
                with self.subTest(role=group, action=action.xml_id):
                    self.open_action(env, action)

    def test_each_role_opens_its_menu(self):
        for group, env in self.each_role():
            for action in self.find_menu_actions(env):
                with self.subTest(role=group, action=action.xml_id):
                    if action._name == "ir.actions.server":
                        action.with_env(env).sudo(False).run()
                    else:
                        self.assertTrue(env[action.res_model].has_access("read"))

    def find_models(self):
        """Return the names of the addon's models that are no mixins."""
        return [
            name
            for name, model in self.env.items()
            if model._original_module == self.test_module
            and name.startswith("sale.collection.")
            and not model._abstract
        ]

    def forge(self, field, value):
        """Return another value of a field, None where there is none."""
        if field.type in ("integer", "float", "monetary"):
            return value + 7
        if field.type == "boolean":
            return not value
        if field.type in ("char", "text"):
            return "forged"
        if field.type in ("date", "datetime"):
            return "2020-02-02"
        if field.type == "selection":
            others = set(field.get_values(self.env)) - {value}
            return min(others, default=None)
        if field.type == "many2one":
            others = self.env[field.comodel_name].sudo()
            return others.search([("id", "!=", value.id)], limit=1).id or None
        return None

    def test_nobody_writes_what_code_writes(self):
        self.env.flush_all()
        for group, env in self.each_role():
            for name in self.find_models():
                record = env[name]
                if record._transient or not record.has_access("write"):
                    continue
                record = record.search([], limit=1)
                for field in record._fields.values() if record else ():
                    if not (field.store and field.readonly):
                        continue
                    if field.name in MAGIC_COLUMNS:
                        continue
                    with self.subTest(role=group, field=str(field)):
                        self.check_forged(record, field)

    def check_forged(self, record, field):
        """Check that writing another value is refused or without effect."""
        before = record.sudo()[field.name]
        value = self.forge(field, before)
        if value is None:
            return
        try:
            with self.env.cr.savepoint():
                record.write({field.name: value})
                record.flush_recordset()
        except (AccessError, UserError):
            return
        finally:
            record.env.invalidate_all()
        self.assertEqual(record.sudo()[field.name], before)

    def test_every_record_has_a_title_for_its_readers(self):
        self.env.flush_all()
        for group, env in self.each_role():
            for name in self.find_models():
                if not env[name].has_access("read"):
                    continue
                with self.subTest(role=group, model=name):
                    env.invalidate_all()
                    env[name].search([], limit=RECORDS).mapped("display_name")

    def test_something_is_in_every_list(self):
        self.env.flush_all()
        empty = {
            action.res_model
            for action in self.find_actions()
            if not self.env[action.res_model].sudo().search_count([], limit=1)
        }
        self.assertEqual(sorted(empty - set(self.may_be_empty)), [])

    #: Models whose lists stay empty here.
    may_be_empty = ()
