from odoo import models


class ProjectMilestone(models.Model):
    """Parts of collection plans follow their milestones."""

    _inherit = "project.milestone"

    def write(self, vals):
        if "is_reached" not in vals and "deadline" not in vals:
            return super().write(vals)
        reached = self.filtered("is_reached")
        result = super().write(vals)
        parts = self._find_collection_parts()
        left = parts.filtered(
            lambda part: (
                part.milestone_id in reached and not part.milestone_id.is_reached
            )
        )
        left._take_back()
        # One that was reached before keeps its day, whatever the deadline is now.
        (parts - left).filtered(
            lambda part: part.milestone_id not in reached
        )._follow_milestone()
        return result

    def unlink(self):
        self._find_collection_parts()._stop_waiting()
        return super().unlink()

    def _find_collection_parts(self):
        """Return the parts of plans that go by these milestones."""
        parts = self.env["sale.collection.contract.line"].sudo()
        return parts.search([("milestone_id", "in", self.ids)])
