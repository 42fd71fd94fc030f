from odoo import Command
from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import ROLES, RolesCase

from .settlement_common import SettlementCommon

EARNER = ["Commission/My commission", "Commission/Settlements"]


@tagged("post_install", "-at_install")
class TestCommissionRoles(RolesCase, SettlementCommon):
    """Every role reads plans, entries and settlements with its own group alone."""

    # Each of them sells here, and the plan is for everyone.
    menu_entries = {group: EARNER for group in ROLES} | {
        "account.group_account_readonly": [],
        "sale_collection.group_manager": [
            *EARNER,
            "Reporting/Commission analysis",
            "Configuration/Commission plans",
        ],
    }
    ways_to_lists = {
        "sale_collection_commission.commission_entry_action": (
            "button",
            "sale_collection_commission.commission_mine_view_form",
        ),
        **{
            f"sale_collection_commission.{action}": (
                "button",
                "sale_collection_commission.settlement_view_list",
            )
            for action in (
                "settlement_prepare_action",
                "settlement_missing_action",
                "settlement_question_action",
                "settlement_reserve_action",
            )
        },
        **{
            f"sale_collection_commission.{action}": (
                "button",
                "sale_collection_commission.commission_plan_view_list",
            )
            for action in (
                "commission_share_action",
                "commission_gap_action",
                "commission_review_action",
                "commission_recompute_action",
            )
        },
        "sale_collection_commission.commission_report_action": (
            "menu",
            "sale_collection_commission.commission_report_menu",
        ),
    }
    may_be_empty = (
        "sale.collection.commission.gap",
        "sale.collection.commission.share",
        "sale.collection.settlement.question",
    )

    def setUp(self):
        super().setUp()
        self.sell(1000, paid="2026-01-20")
        draft = self.prepare()
        draft.line_ids = [Command.create({"name": "For the fair", "amount": 10})]
        draft.action_confirm()
        self.sell(500, paid="2026-02-20")
        self.env.cr.flush()
        self.entries._accrue()
