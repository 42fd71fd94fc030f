from odoo import models

from ..customer.profile import REPLY


class MailActivity(models.Model):
    """A reply marked as read is no work any more."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        profiles = self._collection_get_replied()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        if profiles:
            profiles._rank_work()
        return result

    def _collection_get_replied(self):
        """Return the profiles of the customers whose replies these ask to read."""
        profiles = self.env["sale.collection.profile"]
        replies = self.filtered(
            lambda activity: (
                activity.res_model == profiles._name
                and activity.activity_type_id == self.env.ref(REPLY)
            )
        )
        return profiles.browse(replies.mapped("res_id"))
