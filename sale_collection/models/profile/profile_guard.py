from odoo import models


class SaleCollectionProfileGuard(models.AbstractModel):
    """A form about a credit profile that only fills in for users who may see it.

    Such forms read their proposals in superuser mode, for people without rights in
    accounting. No record rule looks at a form that is not saved yet: without this
    check it would tell its user about any customer.
    """

    _name = "sale.collection.profile.guard"
    _description = "Form about a credit profile"

    def onchange(self, values, field_names, fields_spec):
        # EXTENDS web: no proposals about customers of others
        profile_id = values.get("profile_id")
        profile_id = profile_id or self.env.context.get("default_profile_id")
        profile = self.env["sale.collection.profile"].browse(profile_id or [])
        profile.check_access("read")
        return super().onchange(values, field_names, fields_spec)
