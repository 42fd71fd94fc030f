from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...tools.window import open_dialog


class ResUsers(models.Model):
    """Who does a collector's work while they are away."""

    _inherit = "res.users"

    collection_substitute_id = fields.Many2one(
        "res.users",
        string="Collection: substitute",
        domain="[('share', '=', False), ('id', '!=', id)]",
        ondelete="set null",
        index="btree_not_null",
        groups="sale_collection.group_user",
        help="Sees your customers on Today while you are away.",
    )
    collection_absent_until = fields.Date(
        string="Collection: away until",
        groups="sale_collection.group_user",
        help="Last day on which the substitute does your work.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, *self._collection_get_absence_fields()]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, *self._collection_get_absence_fields()]

    @api.model
    def _collection_get_absence_fields(self):
        return ["collection_substitute_id", "collection_absent_until"]

    @api.constrains("collection_substitute_id")
    def _check_collection_substitute(self):
        for user in self:
            if user.collection_substitute_id == user:
                raise ValidationError(
                    self.env._("Collection: substitute: choose somebody else.")
                )

    def _collection_get_represented_query(self):
        """Return the query of the users that these stand in for today."""
        today = self.env.company._collection_today()
        return self.sudo()._search(
            [
                ("collection_substitute_id", "in", self.ids),
                ("collection_absent_until", ">=", today),
            ]
        )

    def action_collection_hand_over(self):
        """Open the dialog that gives the customers of this user to others."""
        self.ensure_one()
        return open_dialog(
            self.env._("Hand over customers"),
            "sale.collection.takeover.dialog",
            default_from_user_id=self.id,
        )
