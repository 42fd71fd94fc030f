from odoo import fields, models


class SaleCollectionLadder(models.Model):
    """What a plan would do tonight, before it is let loose."""

    _inherit = "sale.collection.ladder"

    def _preview_night(self, today=None, entry_date=None, entry_step=None):
        """Return the messages of a night as if this plan were live; nothing is written.

        :param date today: the company's own today when left out
        :param date entry_date: debts due before it enter only by hand; those due
            after today when left out
        :param entry_step: step at which overdue debts enter; the first when left out
        :return: list of {`partner_id`, `step_id`, `move_id`, `reason`, `amount`,
            `lines`: [{`line_id`, `step_id`, `due_date`, `amount`}]}
        """
        self.ensure_one()
        self.check_access("read")
        company = (self.company_id or self.env.company).sudo().root_id
        today = today or company._collection_today()
        entry = entry_date or fields.Date.add(today, days=1)
        [plan] = self._make_plans()
        plan = plan._replace(
            entry_date=entry,
            entry_step=entry_step.id if entry_step else plan.steps[0].id,
            is_first_run=True,
        )
        others = (self._get_live(company) - self - self.pattern_id)._make_plans()
        others = [other for other in others if other.pace != plan.pace]
        reminders = self.env["sale.collection.reminder"].sudo().with_company(company)
        night = reminders._collect_for_plans(company, today, [plan, *others])
        wanted = reminders._decide_night(
            company, night, [plan, *others], company._collection_get_working_days()
        )
        return [_describe(message) for message in wanted if message.plan is plan]


def _describe(message):
    return {
        "partner_id": message.partner,
        "step_id": message.step,
        "move_id": message.move,
        "reason": message.reason,
        "amount": sum(part.amount for part in message.lines),
        "lines": [
            {
                "line_id": part.line,
                "step_id": part.step,
                "due_date": part.due,
                "amount": part.amount,
            }
            for part in message.lines
        ],
    }
