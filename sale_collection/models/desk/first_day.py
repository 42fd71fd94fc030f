from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

from ...tools.first_day import Step, put_in_order

# Accounts named in a step; more would hide them.
SHOWN_ACCOUNTS = 3
MANAGER = "sale_collection.group_manager"


class SaleCollectionFirstDay(models.AbstractModel):
    """Says what a company has still to settle; shown to managers above Today."""

    _name = "sale.collection.first.day"
    _description = "Steps of the first day"

    @api.model
    def read_panel(self):
        """Return the steps in their order, as plain values.

        :return: False for users who settle none, and once the company has hidden them
        """
        company = self.env.company.sudo()
        if not (self.env.user.has_group(MANAGER) and company.collection_first_day):
            return False
        return put_in_order(self._get_steps(company.root_id))

    @api.model
    def hide_panel(self):
        """Hide the steps in this company; the settings show them again.

        :raise AccessError: by anybody but a manager
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only collection managers can hide the steps.")
            )
        self.env.company.sudo().collection_first_day = False

    @api.model
    def _get_steps(self, company):
        """Return the steps as `tools.first_day.Step`, in any order.

        The one place where higher rooms and addons add theirs.

        :param company: root company, in superuser mode
        """
        return [
            self._get_figures_step(company),
            self._get_book_step(company),
            *self._get_money_steps(company),
            self._get_limit_step(company),
            self._get_collector_step(company),
        ]

    @api.model
    def _get_figures_step(self, company):
        day = company.collection_refreshed_for
        return Step(
            10,
            "figures",
            self.env._("Who owes what"),
            self.env._("Worked out for %(date)s.", date=format_date(self.env, day))
            if day
            else self.env._("Worked out every night. Run it now to begin."),
            bool(day),
            self.env._("See the nights") if day else self.env._("Run now"),
            "sale_collection.run_action",
        )

    @api.model
    def _get_book_step(self, company):
        """Grades need a past: booked here, or imported."""
        known = self.env["sale.collection.receipt"].sudo()
        here = [("company_id", "child_of", company.id)]
        booked = bool(known.search_count(here, limit=1))
        imported = self.env["sale.collection.history"].sudo().search_count(here)
        if imported:
            text = self.env._("Old invoices imported: %(count)s.", count=imported)
        elif booked:
            text = self.env._("Money booked here is known. Older trade can be added.")
        else:
            text = self.env._("Old invoices with their payments give first grades.")
        return Step(
            20,
            "book",
            self.env._("Import the book"),
            text,
            bool(imported or booked),
            self.env._("Import"),
            "sale_collection.history_import_action",
        )

    @api.model
    def _get_money_steps(self, company):
        """Ask for accounts the ledger cannot tell, where it has met any."""
        ledger = self.env["sale.collection.reconciliation"].sudo()
        found = ledger._describe_unknown_money(company, SHOWN_ACCOUNTS)
        if not found:
            return []
        return [
            Step(
                25,
                "money",
                self.env._("Is this money?"),
                self.env._(
                    "%(accounts)s. If so, name the account in a payment method of the "
                    "bank journal.",
                    accounts="; ".join(found),
                ),
                False,
                self.env._("Show"),
                "sale_collection.receipt_action",
                {"search_default_cash": 0, "search_default_other": 1},
            )
        ]

    @api.model
    def _get_limit_step(self, company):
        profiles = self.env["sale.collection.profile"].sudo()
        is_used = company.account_use_credit_limit
        if is_used:
            limited = profiles.search_count(
                [("company_id", "=", company.id), ("credit_policy", "=", "limit")]
            )
            text = self.env._("Customers with a limit: %(count)s.", count=limited)
        else:
            text = self.env._("No limits: any amount on credit.")
        may_set = self.env.user.has_group("base.group_system")
        if not (is_used or may_set):
            text = self.env._("Not used. An administrator switches them on.")
        return Step(
            30,
            "limits",
            self.env._("Credit limits"),
            text,
            is_used,
            self.env._("Yes or no") if may_set else self.env._("See customers"),
            "sale_collection.settings_action"
            if may_set
            else "sale_collection.profile_action",
        )

    @api.model
    def _get_collector_step(self, company):
        profiles = self.env["sale.collection.profile"].sudo()
        owing = [("company_id", "=", company.id), ("amount_open", ">", 0)]
        count = profiles.search_count(owing)
        nobodys = profiles.search_count([*owing, ("user_id", "=", False)])
        if nobodys:
            text = self.env._(
                "Customers without a collector: %(count)s.", count=nobodys
            )
        elif count:
            text = self.env._("Every customer who owes has a collector.")
        else:
            text = self.env._("To begin with, each customer's salesperson.")
        return Step(
            70,
            "collectors",
            self.env._("Who collects"),
            text,
            bool(count and not nobodys),
            self.env._("Assign"),
            "sale_collection.profile_action",
            {"search_default_no_collector": 1} if nobodys else {},
        )
