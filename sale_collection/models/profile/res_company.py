from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    collection_aging_scheme_id = fields.Many2one(
        "sale.collection.aging.scheme",
        string="Aging bands",
        ondelete="set null",
        help="How the aging report counts and cuts age unless asked otherwise. Empty: "
        "the first scheme.",
        groups="base.group_user",
    )

    collection_learnt_on = fields.Date(
        readonly=True,
        copy=False,
        export_string_translation=False,
        groups="base.group_user",
        help="When the nightly run last learnt how customers pay.",
    )

    def init(self):
        result = super().init()
        # An update may bring other formulas: the next night reads everyone anew.
        self.env.cr.execute("UPDATE res_company SET collection_refreshed_xid = NULL")
        return result

    def write(self, vals):
        result = super().write(vals)
        if "account_use_credit_limit" in vals:
            # Who has a limit is another question now.
            profiles = self.env["sale.collection.profile"].sudo()
            profiles.search([("company_id", "in", self.ids)])._queue_refresh()
        return result
