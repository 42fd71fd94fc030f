from odoo import api, fields, models

STARTS = [
    ("due", "From the due date"),
    ("year", "From the end of the year of the due date"),
]


class SaleCollectionLimitationRule(models.Model):
    """After how many years a debt can no longer be claimed in court, in a country.

    The country is that of the company, whose law its sales are under as a rule. A rule
    without a country is for all the others.
    """

    _name = "sale.collection.limitation.rule"
    _description = "Limitation rule"
    _order = "country_id, id"
    _rec_name = "country_id"

    country_id = fields.Many2one(
        "res.country",
        ondelete="cascade",
        help="Country of the company. Empty: every country without a rule of its own.",
    )
    years = fields.Integer(required=True, default=3)
    start = fields.Selection(
        STARTS,
        string="Runs",
        required=True,
        default="due",
        help="When the clock starts.",
    )

    _country_unique = models.UniqueIndex(
        "(COALESCE(country_id, 0))", "This country has a rule already."
    )
    _years_range = models.Constraint(
        "CHECK (years BETWEEN 1 AND 50)", "Years: enter 1 to 50."
    )

    @api.model
    def _find_rule(self, company):
        """Return the rule a company is under: of its country, or of all others."""
        countries = (False, company.country_id.id)
        rules = self.sudo().search([("country_id", "in", countries)])
        return rules.filtered("country_id")[:1] or rules[:1]
