from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .common import CollectionCommon
from .roles import RolesCase

REP = [
    "Today",
    "Customers/Credit profiles",
    "Customers/Open instalments",
    "Customers/Promises to pay",
    "Customers/Disputes",
    "Customers/Short payments",
    "Reporting/Targets",
    "Reporting/Aging",
    "Reporting/Expected payments",
]
COLLECTOR = [*REP, "Reporting/Money collected", "Reporting/Overdue by reason"]
ACCOUNTANT = [
    *COLLECTOR,
    "Reporting/Support and money",
    "Reporting/Decision log",
    "Reporting/Nightly runs",
]
DECIDER = [*ACCOUNTANT, "Customers/Credit decisions"]
CONTROLLER = [*DECIDER, "Customers/Hand over customers"]
MANAGER = [
    *CONTROLLER,
    "Configuration/Scorecards",
    "Configuration/Work rules",
    "Configuration/Grades",
    "Configuration/Delay reasons",
    "Configuration/Warning signs",
    "Configuration/Aging bands",
    "Configuration/Learnt odds",
]
# Entries of all addons that somebody sees who collects and earns.
MOST_FOR_REPS = 14


@tagged("post_install", "-at_install")
class TestRoles(RolesCase, CollectionCommon):
    """Every role does its work with its own group alone."""

    menu_entries = {
        "sale_collection.group_user": REP,
        "sale_collection.group_all_customers": COLLECTOR,
        "sale_collection.group_credit_controller": CONTROLLER,
        "sale_collection.group_manager": MANAGER,
        "account.group_account_readonly": sorted({*DECIDER} - {"Today"}),
        "account.group_account_invoice": ACCOUNTANT,
        "account.group_account_manager": ACCOUNTANT,
    }
    ways_to_lists = {
        "sale_collection.contact_action": (
            "button",
            "sale_collection.profile_view_list",
        ),
        "sale_collection.history_action": (
            "button",
            "sale_collection.profile_view_list",
        ),
        "sale_collection.history_import_action": (
            "button",
            "sale_collection.history_view_list",
        ),
        "sale_collection.write_off_action": (
            "button",
            "sale_collection.tail_view_list",
        ),
        "sale_collection.bounce_action": ("button", "sale_collection.tail_view_list"),
        "sale_collection.score_action": (
            "button",
            "sale_collection.decision_view_list",
        ),
        "sale_collection.promise_support_action": (
            "button",
            "sale_collection.support_report_view_list",
        ),
        "review_action": ("filter", "sale_collection.decision_view_search", "reviews"),
        "proposal_action": (
            "filter",
            "sale_collection.decision_view_search",
            "proposals",
        ),
        "grade_override_action": (
            "filter",
            "sale_collection.decision_view_search",
            "overrides",
        ),
        "sale_collection.receipt_action": ("menu", "sale_collection.receipt_menu"),
        "sale_collection.target_action": ("menu", "sale_collection.target_menu"),
        "sale_collection.reason_report_action": (
            "menu",
            "sale_collection.reason_report_menu",
        ),
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner.bank"].search([]).unlink()
        today = cls.company._collection_today()
        old = cls.create_invoice(1000, "2026-01-01", "2026-01-31")
        cls.pay(old, 990)
        late, bounced = (
            cls.create_invoice(1000, "2026-01-01", "2026-01-31") for _unused in range(2)
        )
        payment = cls.pay(bounced)
        cls.env["sale.collection.bounce"]._bounce(
            payment, payment.date, "funds", "by the bank", 5.0
        )
        cls.profile = cls.env["sale.collection.profile"]._for(cls.customer)
        cls.profile.sudo()._refresh()
        cls.profile.sudo()._score()
        cls.env["sale.collection.odds"].sudo().create(
            {
                "company_id": cls.company.id,
                "question": "late",
                "fact": "due_day",
                "lower": 6,
                "times": 1.75,
            }
        )
        reason = cls.env.ref("sale_collection.reason_cash_shortage")
        cls.create_talks(late, today, reason)
        cls.env["sale.collection.write.off"].create(
            {"line_id": cls.receivable_lines(old).id, "reason_id": reason.id}
        )
        cls.create_credit_records(today)
        cls.env["sale.collection.target"].create(
            {"user_id": cls.env.user.id, "amount": 1000}
        )
        cls.env["sale.collection.run"]._run(today)

    @classmethod
    def create_talks(cls, late, today, reason):
        """Talk about an invoice: a dispute, a promise, more time."""
        line = cls.receivable_lines(late)
        cls.env["sale.collection.contact"].create(
            {
                "profile_id": cls.profile.id,
                "result": "reached",
                "next_date": today,
                "reason_id": reason.id,
                "move_ids": [Command.set(late.ids)],
            }
        )
        cls.env["sale.collection.dispute"].create(
            {
                "profile_id": cls.profile.id,
                "reason_id": reason.id,
                "line_ids": [Command.create({"line_id": line.id, "amount": 100})],
            }
        )
        cls.env["sale.collection.promise"].create(
            {
                "profile_id": cls.profile.id,
                "amount": 100,
                "date": cls.company._get_next_working_day(today),
                "line_ids": [Command.set(line.ids)],
                "support_ids": [Command.create({"timing": "before", "cost": 10})],
            }
        ).action_open()
        cls.env["sale.collection.extension"].create(
            {
                "line_id": line.id,
                "new_date": today + timedelta(days=30),
                "reason": "Flood in the warehouse",
            }
        )

    def test_rep_sees_about_twelve_entries(self):
        for group, env in self.each_role():
            if group == "sale_collection.group_user":
                self.assertLessEqual(len(self.find_entries(env)), MOST_FOR_REPS)

    @classmethod
    def create_credit_records(cls, today):
        """Make what grades and trade history are about."""
        cls.env["sale.collection.review"].create({"partner_id": cls.customer.id})
        cls.env["sale.collection.history"].create(
            {
                "partner_id": cls.customer.id,
                "invoice_ref": "M1",
                "invoice_date": "2025-01-10",
                "due_date": "2025-02-10",
                "amount": 10,
            }
        )
        cls.env["sale.collection.grade.override"].create(
            {
                "profile_id": cls.profile.id,
                "grade_id": cls.env["sale.collection.grade"].search([], limit=1).id,
                "date_from": today,
                "date_until": today,
                "reason": "Parent guarantees",
            }
        )
