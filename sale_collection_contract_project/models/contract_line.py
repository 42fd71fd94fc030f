from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SaleCollectionContractLine(models.Model):
    """A part of a plan may wait for a milestone: it is due when that is reached."""

    _inherit = "sale.collection.contract.line"

    milestone_id = fields.Many2one(
        "project.milestone",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        domain="[('id', 'in', milestone_ids)]",
        help="It is due on the day this is reached. Until then the deadline of the "
        "milestone is its day, and nobody is asked to invoice it.",
    )
    milestone_ids = fields.Many2many(
        "project.milestone",
        string="Milestones to choose from",
        compute="_compute_milestone_ids",
        compute_sudo=True,
        export_string_translation=False,
    )
    # What was typed, for when its day is no more the one its milestone was reached.
    planned_date = fields.Date(
        readonly=True, copy=False, export_string_translation=False
    )

    @api.depends("order_id")
    def _compute_milestone_ids(self):
        projects = self.order_id._origin.project_ids
        found = self.env["project.milestone"].search(
            [("project_id", "in", projects.ids)]
        )
        for line in self:
            here = line.order_id._origin.project_ids
            line.milestone_ids = found.filtered(
                lambda milestone, here=here: milestone.project_id in here
            )

    @api.depends("milestone_id.is_reached")
    def _compute_due_date(self):
        # EXTENDS: without a day while the milestone is not reached
        waiting = self.filtered(
            lambda line: line.milestone_id and not line.sudo().milestone_id.is_reached
        )
        waiting.due_date = False
        return super(SaleCollectionContractLine, self - waiting)._compute_due_date()

    @api.constrains("milestone_id", "order_id")
    def _check_milestone(self):
        for line in self.filtered("milestone_id"):
            if line.milestone_id not in line.milestone_ids:
                raise ValidationError(
                    self.env._(
                        "Milestone of %(part)s: choose one of a project of the order.",
                        part=line.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered("milestone_id")._follow_milestone()
        return lines

    def write(self, vals):
        result = super().write(vals)
        if "date" in vals and "planned_date" not in vals:
            self.sudo().planned_date = vals["date"]
        if "milestone_id" in vals:
            self._follow_milestone()
        return result

    def _follow_milestone(self):
        """Take the day of the milestone: reached, else its deadline if it has one."""
        for line in self.sudo():
            milestone, typed = line.milestone_id, line.planned_date or line.date
            if milestone.is_reached:
                line.write({"planned_date": typed, "date": milestone.reached_date})
            else:
                # Written even if it is the same: it may be due now, or no more.
                day = milestone.deadline or typed
                line.write({"planned_date": False, "date": day})

    def _stop_waiting(self):
        """Let parts whose milestone goes be due on the day that they have."""
        parts = self.sudo()
        parts.planned_date = False
        for line in parts.filtered(lambda line: line.date and not line.due_date):
            line.write({"milestone_id": False, "date": line.date})

    def _take_back(self):
        """Take the day back that a milestone was reached."""
        for line in self.sudo():
            day = line.milestone_id.deadline or line.planned_date
            line.write({"planned_date": False, "date": day})
