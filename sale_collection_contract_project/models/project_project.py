from odoo import models


class ProjectProject(models.Model):
    """Parts of collection plans wait for no project that is gone."""

    _inherit = "project.project"

    def unlink(self):
        # The database deletes the milestones along with it and tells nobody.
        self.sudo().milestone_ids._find_collection_parts()._stop_waiting()
        return super().unlink()
