from odoo import api, fields, models

from ..tools.visit import get_day_span


class SaleCollectionDaySheet(models.TransientModel):
    """A day on the road in the evening: seen, promised, reported, not seen."""

    _name = "sale.collection.day.sheet"
    _description = "Day sheet"

    date = fields.Date(
        required=True,
        default=lambda self: self.env.company.root_id._collection_today(),
    )
    user_id = fields.Many2one(
        "res.users",
        string="Visitor",
        required=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    talk_ids = fields.Many2many(
        "sale.collection.contact", string="Visited", compute="_compute_day"
    )
    promise_ids = fields.Many2many(
        "sale.collection.promise", string="Promised", compute="_compute_day"
    )
    notice_ids = fields.Many2many(
        "sale.collection.notice", string="Payment notices", compute="_compute_day"
    )
    missed_ids = fields.Many2many(
        "sale.collection.visit", string="Not seen", compute="_compute_day"
    )
    promised = fields.Monetary(string="Amount promised", compute="_compute_day")
    reported = fields.Char(string="Amount reported", compute="_compute_day")

    @api.depends("date", "user_id", "company_id")
    def _compute_day(self):
        for sheet in self:
            for name, domain in sheet._get_domains().items():
                here = ("company_id", "=", sheet.company_id.id)
                records = self.env[sheet._fields[name].comodel_name]
                sheet[name] = records.search([here, *domain]) if domain else records
            sheet.promised = sum(sheet.promise_ids.mapped("amount"))
            amounts = {
                currency: sum(notices.mapped("amount"))
                for currency, notices in sheet.notice_ids.grouped("currency_id").items()
            }
            currencies = self.env["res.currency"]
            sheet.reported = currencies._collection_format_sum(amounts)

    def _get_domains(self):
        """Return {field: domain} of what the visitor did that day, none without one."""
        if not (self.date and self.user_id and self.company_id):
            names = ("talk_ids", "promise_ids", "notice_ids", "missed_ids")
            return dict.fromkeys(names, [])
        day, user_id = self.date, self.user_id.id
        company = self.company_id.sudo()
        zone = company._collection_get_zone() or self.env.user.tz or "UTC"
        start, end = get_day_span(day, zone)
        mine = [("date", "=", day), ("user_id", "=", user_id)]
        visits = self.env["sale.collection.visit"]
        seen = visits.search([*mine, ("state", "=", "done")])
        return {
            "talk_ids": [
                *mine,
                "|",
                ("type", "=", "visit"),
                ("id", "in", seen.talk_id.ids),
            ],
            "promise_ids": [
                ("made_on", "=", day),
                ("create_uid", "=", user_id),
                ("state", "!=", "draft"),
            ],
            "notice_ids": [
                ("user_id", "=", user_id),
                ("create_date", ">=", start),
                ("create_date", "<", end),
            ],
            "missed_ids": [*mine, ("state", "in", ("planned", "missed"))],
        }

    def action_print(self):
        """Print the sheet."""
        report = self.env.ref("sale_collection_field.report_day_sheet")
        return report.report_action(self)
