from ast import literal_eval
from contextlib import closing

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import new_test_user
from odoo.tools.safe_eval import safe_eval

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

    def find_entries(self, env):
        """Return the menu entries of ours a user sees, as the web client loads them."""
        menus = env["ir.ui.menu"].load_menus(False)
        root = self.env.ref("sale_collection.root_menu").id
        entries = [
            menu
            for menu in menus.values()
            if menu.get("app_id") == root and menu["action_id"]
        ]
        return self.env["ir.ui.menu"].browse(menu["id"] for menu in entries)

    def find_own_entries(self, env):
        """Return those of them that the addon of this test brings."""
        data = self.env["ir.model.data"].search(
            [("module", "=", self.test_module), ("model", "=", "ir.ui.menu")]
        )
        return self.find_entries(env).filtered(
            lambda menu: menu.id in data.mapped("res_id")
        )

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

    def find_views(self, action):
        """Return (view id or False, kind) of all an action shows."""
        # A model's own form is opened once, whatever leads to it.
        return [
            (view or False, kind)
            for view, kind in action.views
            if view or kind != "form"
        ]

    def open_views(self, env, model, views):
        """Read as a user what views show of the first records; press the buttons."""
        found = env[model].search([], limit=RECORDS)
        for kind, view in env[model].get_views(views)["views"].items():
            arch = etree.fromstring(view["arch"])
            env.invalidate_all()
            if kind in ("pivot", "graph"):
                self.read_measures(env[model], arch)
                continue
            if kind not in ("list", "kanban", "form"):
                continue
            specification = self.prepare_specification(env[model], arch)
            specification["display_name"] = {}
            if kind == "form":
                rows = found.web_read(specification)
            else:
                rows = env[model].web_search_read([], specification, limit=RECORDS)
                rows = rows["records"]
            if rows:
                self.press_buttons(env, model, arch, rows[0])
                if arch.get("type") == "object" and kind == "list":
                    row = etree.Element("button", name=arch.get("action"))
                    self.press(env[model].browse(rows[0]["id"]), row)

    def read_measures(self, model, arch):
        """Read what a pivot or a graph shows at first."""
        groups, measures = [], ["__count"]
        for node in arch.xpath("//field[not(@invisible)]"):
            name = node.get("name")
            if arch.tag == "pivot" and not node.get("type"):
                continue  # says how a measure is written
            if node.get("type") == "measure":
                measures.append(f"{name}:{model._fields[name].aggregator}")
            else:
                interval = node.get("interval")
                groups.append(f"{name}:{interval}" if interval else name)
        model.formatted_read_group([], groups, measures)

    def press_buttons(self, env, model, arch, row):
        """Press what is shown of a record: it does its work or says why it does not."""
        record = env[model].browse(row["id"])
        for button in arch.xpath("//button[@name][not(ancestor::field)]"):
            if not self.is_shown(button, record, row):
                continue
            with self.subTest(button=f"{model} {button.get('name')}"):
                if button.get("type") == "object":
                    self.press(record, button)
                elif button.get("type") == "action":
                    self.follow(env, self.load_action(env, button.get("name")))

    def is_shown(self, button, record, row):
        """Return whether a button, and all it stands in, is visible."""
        values = {
            name: value.get("id", False) if isinstance(value, dict) else value
            for name, value in row.items()
        }
        values |= {
            "id": record.id,
            "uid": record.env.uid,
            "context": record.env.context,
            "current_date": fields.Date.to_string(fields.Date.today()),
        }
        conditions = [
            node.get("invisible")
            for node in (button, *button.iterancestors())
            if node.get("invisible")
        ]
        return not any(safe_eval(condition, values) for condition in conditions)

    def press(self, record, button):
        """Call a method as the web client does, and open what it returns."""
        context = literal_eval(button.get("context") or "{}") or {}
        record = record.with_context(**context)
        with closing(self.env.cr.savepoint()):
            try:
                action = getattr(record, button.get("name"))()
                if isinstance(action, dict):
                    self.follow(record.env, action)
            except AccessError:
                raise
            except UserError as sentence:
                self.assertTrue(str(sentence).strip())
        record.env.invalidate_all()

    def load_action(self, env, name):
        """Return an action as the web client loads it for a user."""
        action = self.env["ir.actions.actions"].browse(int(name)).sudo()
        typed = self.env[action.type].browse(action.id)
        return typed.with_env(env)._get_action_dict()

    def follow(self, env, action):
        """Open as a user what an action opens."""
        if action.get("type") == "ir.actions.server":
            server = env["ir.actions.server"].sudo().browse(action["id"])
            with closing(self.env.cr.savepoint()):
                action = server.sudo(False).run()
        if not action or action.get("type") != "ir.actions.act_window":
            return
        model = env[action["res_model"]]
        model.check_access("read")
        if action.get("res_id"):
            model.browse(action["res_id"]).web_read({"display_name": {}})
        elif action.get("target") == "new":
            context = action.get("context") or {}
            if isinstance(context, str):
                context = safe_eval(context, {"active_id": False, "active_ids": []})
            model.with_context(**context).check_access("create")

    def open_action(self, env, action):
        self.open_views(env, action.res_model, self.find_views(action))

    def test_each_role_opens_every_list_and_record(self):
        for group, env in self.each_role():
            for action in self.find_actions():
                if not env[action.res_model].has_access("read"):
                    continue
                with self.subTest(role=group, action=action.xml_id):
                    self.open_action(env, action)

    def test_each_role_opens_its_menu(self):
        for group, env in self.each_role():
            for menu in self.find_own_entries(env):
                with self.subTest(role=group, menu=menu.complete_name):
                    action = menu.action
                    if action._name == "ir.actions.server":
                        action.with_env(env).sudo(False).run()
                    else:
                        self.assertTrue(env[action.res_model].has_access("read"))

    def test_each_role_has_these_entries(self):
        for group, env in self.each_role():
            names = self.find_own_entries(env).sorted("id").mapped("complete_name")
            names = [name.removeprefix("Collection/") for name in names]
            with self.subTest(role=group):
                self.assertEqual(sorted(names), sorted(self.menu_entries[group]))

    #: Menu entries of the addon, by group.
    menu_entries = {}

    def test_every_list_says_what_it_is_for(self):
        """Words and, where no record is made on the list itself, a button."""
        for action in self.find_actions():
            with self.subTest(action=action.xml_id):
                text = action.help or ""
                self.assertIn("o_view_nocontent", text)
                self.assertGreaterEqual(text.count("<p"), 2)
                links = etree.fromstring(f"<div>{text}</div>").xpath("//a/@name")
                self.assertTrue(all(self.env.ref(name) for name in links))
                first = action.views[0]
                view = self.env[action.res_model].get_view(first[0] or None, first[1])
                arch = etree.fromstring(view["arch"])
                self.assertTrue(
                    links
                    or arch.get("create", "1") in ("1", "true", "True")
                    or arch.xpath("//header/button[@display='always']"),
                    "no button",
                )

    def test_nothing_is_lost(self):
        """Each list that had a menu entry is reached by a filter or a button."""
        for name, way in self.ways_to_lists.items():
            kind, *where = way
            with self.subTest(list=name, way=way):
                if kind == "menu":
                    self.assertTrue(self.env.ref(where[0]).action)
                elif kind == "filter":
                    self.check_filter(*where)
                else:
                    self.check_button(name, *where)

    #: {old action: ("menu", id), ("filter", view, name) or ("button", view)}.
    ways_to_lists = {}

    def check_filter(self, view, name):
        view = self.env.ref(view)
        arch = self.env[view.model].get_view(view.id, "search")["arch"]
        self.assertTrue(etree.fromstring(arch).xpath(f"//filter[@name='{name}']"))

    def check_button(self, action, view):
        view = self.env.ref(view)
        arch = self.env[view.model].get_view(view.id, view.type)["arch"]
        names = etree.fromstring(arch).xpath("//button[@type='action']/@name")
        self.assertIn(str(self.env.ref(action).id), names)

    def test_each_role_opens_every_form(self):
        for group, env in self.each_role():
            for name in self.find_models():
                if env[name]._transient or not env[name].has_access("read"):
                    continue
                with self.subTest(role=group, model=name):
                    self.open_views(env, name, [(False, "form")])

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
