from odoo import fields, models
from odoo.tools.misc import formatLang

from odoo.addons.sale_collection_hold.models.rule.hold_condition import archive_rules


class SaleCollectionHoldCondition(models.Model):
    """A supply rule may ask which reminder step the customer has reached."""

    _inherit = "sale.collection.hold.condition"

    code = fields.Selection(
        selection_add=[
            ("grade_at_or_below",),
            ("step_reached", "Reminder step reached"),
            ("user_exposure",),
        ],
        ondelete={"step_reached": archive_rules},
    )

    def _get_summary(self):
        # EXTENDS: the step itself counts, not only those beyond it
        if self.code != "step_reached":
            return super()._get_summary()
        labels = dict(self._fields["code"]._description_selection(self.env))
        step = formatLang(self.env, self.threshold, digits=0)
        return f"{labels[self.code].lower()}: {step}"
