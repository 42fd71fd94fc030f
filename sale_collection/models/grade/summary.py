from odoo import api, models

# Earlier grades shown beside the current one.
SCORES_SHOWN = 5


class SaleCollectionSummary(models.AbstractModel):
    """The grade in the picture of a customer, and in the line on its invoices."""

    _inherit = "sale.collection.summary"

    @api.model
    def _prepare_summary_values(self, profile, facts, as_of):
        # EXTENDS: the grades, and beside live figures why
        return {
            **super()._prepare_summary_values(profile, facts, as_of),
            "scores": profile.score_ids[1 : SCORES_SHOWN + 1],
            "factors": None if as_of else profile.factor_html,
        }

    @api.model
    def _get_invoice_parts(self, profile, facts):
        # EXTENDS: the grade goes first
        parts = super()._get_invoice_parts(profile, facts)
        if profile.grade_id:
            grade = self.env._("Grade %(grade)s", grade=profile.grade_id.name)
            parts.insert(0, grade)
        return parts
