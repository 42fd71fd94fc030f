from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.ladder import NEW, Due
from ..tools.manual_reminder import pick_manual_step
from .profile_preview import AHEAD_DAYS
from .reminder_decide import NO_PROFILE, PlanChoice


class SaleCollectionReminder(models.Model):
    """Messages somebody asks for now, whatever the day of their step."""

    _inherit = "sale.collection.reminder"

    @api.model
    def _prepare_by_hand(self, lines, again=False, today=None):
        """Make the messages about chosen instalments of one company.

        Whatever keeps an automatic reminder back keeps these back as well, but the
        days between messages. What waits about the same instalments gives way.

        :param lines: open receivable lines
        :param bool again: the step reached once more, instead of the next one
        :return: the reminders to confirm, and those kept back with a reason
        :raise UserError: while no plan is live
        """
        company = lines.company_id.root_id
        today = today or company._collection_today()
        plans = self.env["sale.collection.ladder"]._get_live(company)
        plans = plans._filter_original()._make_plans()
        if not plans:
            raise UserError(
                self.env._(
                    "No reminder plan is live. A manager can go live with one under "
                    "Configuration, Reminder plans."
                )
            )
        self.env["sale.collection.lock"]._take(company, ["reminders"])
        engine = self.sudo().with_company(company)
        night = engine._collect_by_hand(company, today, lines)
        wanted = engine._decide_by_hand(company, night, plans, lines, again)
        engine._make_way(lines)
        return engine._insert_by_hand(company, night, wanted).with_env(self.env)

    @api.model
    def _collect_by_hand(self, company, today, lines):
        customers = lines.partner_id.commercial_partner_id
        until = today + timedelta(AHEAD_DAYS)
        night = self._collect_night(company, today, until, customers.ids)
        if self.env.user.has_group("sale_collection.group_credit_controller"):
            # Whoever may put old debts on the ladder does so by choosing them.
            night = night._replace(entered=night.entered | set(lines.ids))
        return night

    @api.model
    def _decide_by_hand(self, company, night, plans, lines, again):
        """Return the messages wanted, as `Wanted`."""
        choice = PlanChoice(company, plans)
        chosen = set(lines.ids)
        wanted = []
        for partner_id, debts in night.lines.items():
            customer = night.customers.get(partner_id, NO_PROFILE)
            plan = choice.get(customer)
            if not plan:
                continue
            plan = plan._replace(gap_days=0)
            dues = {
                debt.id: due
                for debt in debts
                if debt.id in chosen
                and (due := self._get_manual_due(night, plan, debt, again))
            }
            if dues:
                wanted += self._decide_customer(night, plan, debts, customer, dues)
        return wanted

    @api.model
    def _get_manual_due(self, night, plan, debt, again):
        """Return the step an instalment goes to now; later ones count from today."""
        progress = night.progress.get(debt.id, NEW)
        overdue = debt.due < night.today
        picked = pick_manual_step(plan.steps, progress, overdue, again, plan.entry_step)
        if not picked:
            return None
        step, cycle = picked
        return Due(step, night.today - timedelta(step.days), cycle)

    @api.model
    def _make_way(self, lines):
        """Drop what waits about these instalments, for the message made by hand."""
        parts = self.env["sale.collection.reminder.line"].search(
            [("line_id", "in", lines.ids), ("state", "in", ("candidate", "ready"))]
        )
        parts.reminder_id._drop("outdated")

    @api.model
    def _insert_by_hand(self, company, night, wanted):
        profiles = self._get_profile_ids(company, night, wanted)
        addressed = self._address(company, night, wanted, [], profiles)
        shown = [
            one._replace(state="candidate") if one.state == "ready" else one
            for one in addressed
        ]
        ids = self._insert(company, night, shown, profiles)
        self.invalidate_model()
        return self.browse(ids)
