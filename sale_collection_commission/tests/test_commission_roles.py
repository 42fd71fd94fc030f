from odoo import Command
from odoo.tests import tagged

from odoo.addons.sale_collection.tests.roles import RolesCase

from .settlement_common import SettlementCommon


@tagged("post_install", "-at_install")
class TestCommissionRoles(RolesCase, SettlementCommon):
    """Every role reads plans, entries and settlements with its own group alone."""

    may_be_empty = (
        "sale.collection.commission.gap",
        "sale.collection.commission.share",
        "sale.collection.settlement.question",
        "sale.collection.target",
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
