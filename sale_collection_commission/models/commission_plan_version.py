from datetime import timedelta

from odoo import models
from odoo.exceptions import ValidationError
from odoo.fields import Command


class SaleCollectionCommissionPlan(models.Model):
    """A plan that has paid is changed by a new version of it."""

    _inherit = "sale.collection.commission.plan"

    def action_new_version(self):
        """Ask from which date a copy of the plan takes over."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New version"),
            "res_model": "sale.collection.commission.plan.version",
            "view_mode": "form",
            "target": "new",
            "context": {"default_plan_id": self.id},
        }

    def _make_version(self, day, draft=None):
        """Copy the plan to begin on a day, and end this one the day before.

        A copy from the first day on replaces the plan altogether.

        :param date day: first day of the copy
        :param draft: the changed copy that takes over instead; its people are those
            of the plan
        :return: the copy
        """
        self.ensure_one()
        if day < self.date_from:
            raise ValidationError(
                self.env._(
                    "From: %(plan)s begins on %(day)s; choose a day from then on.",
                    plan=self.name,
                    day=self.date_from,
                )
            )
        if self.date_to and self.date_to < day:
            raise ValidationError(
                self.env._(
                    "From: %(plan)s ends on %(day)s; choose a day up to then.",
                    plan=self.name,
                    day=self.date_to,
                )
            )
        last = self.date_to
        if day == self.date_from:
            self.active = False
        else:
            self.date_to = day - timedelta(days=1)
        values = {"name": self.name, "date_from": day, "date_to": last, "active": True}
        for people in ("user_ids", "agent_ids", "team_ids"):
            values[people] = [Command.set(self[people].ids)]
        return (draft or self).copy(values)
