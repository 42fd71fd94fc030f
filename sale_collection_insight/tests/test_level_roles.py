from odoo.tests import tagged

from odoo.addons.sale_collection.tests.common import CollectionCommon
from odoo.addons.sale_collection.tests.roles import RolesCase

COLLECTOR = [
    "Reporting/Month-end figures",
    "Reporting/Recovery by age",
    "Reporting/Work and money",
]
CONTROLLER = [*COLLECTOR, "Reporting/Provision preview"]
MENUS = ("level_menu", "recovery_menu", "work_menu", "provision_menu")
MENUS += ("debt_class_menu",)
MODELS = (
    "sale.collection.level",
    "sale.collection.recovery",
    "sale.collection.work",
    "sale.collection.debt.class",
)


@tagged("post_install", "-at_install")
class TestLevelRoles(RolesCase, CollectionCommon):
    """Every role reads the figures with its own group alone."""

    menu_entries = {
        "sale_collection.group_user": [],
        "sale_collection.group_all_customers": COLLECTOR,
        "sale_collection.group_credit_controller": CONTROLLER,
        "sale_collection.group_manager": [
            *CONTROLLER,
            "Configuration/Bad-debt classes",
        ],
        "account.group_account_readonly": CONTROLLER,
        "account.group_account_invoice": CONTROLLER,
        "account.group_account_manager": CONTROLLER,
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_invoice(1000, "2026-01-01", "2026-01-31")
        cls.env["sale.collection.profile"]._for(cls.customer)
        cls.pay(cls.create_invoice(100, "2026-01-01", "2026-01-31"), 50)
        cls.env.cr.flush()

    # The addon has other figures, with roles of their own.

    def find_actions(self):
        actions = super().find_actions()
        return actions.filtered(lambda action: action.res_model in MODELS)

    def find_models(self):
        return [name for name in super().find_models() if name in MODELS]

    def find_own_entries(self, env):
        ours = [self.env.ref(f"sale_collection_insight.{name}").id for name in MENUS]
        return super().find_own_entries(env).filtered(lambda menu: menu.id in ours)
