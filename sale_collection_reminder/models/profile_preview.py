from datetime import timedelta

from odoo import models

from .reminder_decide import NO_PROFILE, PlanChoice

# Due dates looked at ahead of today.
AHEAD_DAYS = 400


class SaleCollectionProfile(models.Model):
    """The reminders that lie ahead of a customer, for screens and previews."""

    _inherit = "sale.collection.profile"

    def _get_next_steps(self, today=None):
        """Return the next step of every open instalment of these customers.

        :param date today: the company's own today when left out
        :return: {receivable line id: (date, step)}; those without are not chased
        """
        found = {}
        for company, profiles in self.sudo().grouped("company_id").items():
            for _profile, ahead in profiles._look_ahead(company, today):
                reminders, night, plan, lines, customer, is_working, ends = ahead
                steps = reminders._find_next(
                    night, plan, lines, customer, is_working, ends
                )
                found.update(steps)
        steps = self.env["sale.collection.ladder.step"]
        return {key: (day, steps.browse(step.id)) for key, (day, step) in found.items()}

    def _preview_ladder(self, today=None, ladder=None):
        """Return the messages these customers would get if they never paid.

        :param ladder: by this plan, live or not; the customer's own when left out
        :return: {profile id: [{`date`, `step`, `channel`, `lines`, `amount`}]}
        """
        preview = {}
        lines = self.env["account.move.line"]
        steps = self.env["sale.collection.ladder.step"]
        for company, profiles in self.sudo().grouped("company_id").items():
            for profile, ahead in profiles._look_ahead(company, today, ladder):
                reminders, *facts = ahead
                preview[profile.id] = [
                    {
                        "date": day,
                        "step": steps.browse(step.id),
                        "channel": steps.browse(step.id).channel,
                        "lines": lines.browse([line.id for line in named]),
                        "amount": amount,
                    }
                    for day, step, named, amount in reminders._foresee(company, *facts)
                ]
        return preview

    def _look_ahead(self, company, today=None, ladder=None):
        """Read once what the steps ahead of these customers depend on.

        :return: list of (profile, what `_find_next` and `_foresee` take)
        """
        today = today or company._collection_today()
        ladders = ladder or self.env["sale.collection.ladder"]._get_live(company)
        plans = ladders._make_plans()
        if not plans:
            return []
        reminders = self.env["sale.collection.reminder"].sudo().with_company(company)
        night = reminders._collect_night(
            company, today, today + timedelta(AHEAD_DAYS), self.partner_id.ids
        )
        choice = PlanChoice(company, plans)
        is_working = company._collection_get_working_days()
        ends = reminders._collect_live_ends(company)
        ahead = []
        for profile in self:
            partner_id = profile.partner_id.id
            lines = night.lines.get(partner_id, [])
            customer = night.customers.get(partner_id, NO_PROFILE)
            plan = plans[0] if ladder else choice.get(customer)
            if plan and lines:
                ahead.append(
                    (
                        profile,
                        (reminders, night, plan, lines, customer, is_working, ends),
                    )
                )
        return ahead
