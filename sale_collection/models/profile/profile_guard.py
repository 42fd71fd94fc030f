from odoo import models


class SaleCollectionProfileGuard(models.AbstractModel):
    """A form about a credit profile, filled in only for who may see the customer.

    Its proposals are read for people without rights in accounting: a form not saved
    yet, which no record rule looks at, would tell them about any customer.
    """

    _name = "sale.collection.profile.guard"
    _description = "Form about a credit profile"

    def onchange(self, values, field_names, fields_spec):
        # EXTENDS: no proposals about customers of others
        profile_id = values.get("profile_id")
        profile_id = profile_id or self.env.context.get("default_profile_id")
        profile = self.env["sale.collection.profile"].browse(profile_id or [])
        profile.check_access("read")
        return super().onchange(values, field_names, fields_spec)
