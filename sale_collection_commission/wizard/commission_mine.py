from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.date_utils import end_of, start_of

from ..tools.outlook import chase_order

# Days ahead in which a loss of commission is urgent.
SOON_DAYS = 14
ROWS_SHOWN = 30
HISTORY_MONTHS = 12


class SaleCollectionCommissionMine(models.TransientModel):
    """My commission: earned, to come, and what to collect first to earn most.

    Reps see their own, managers everybody's.
    """

    _name = "sale.collection.commission.mine"
    _description = "My commission"
    _rec_name = "user_id"

    user_id = fields.Many2one(
        "res.users",
        string="Rep",
        required=True,
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
    )
    is_manager = fields.Boolean(compute="_compute_is_manager")
    body = fields.Html(compute="_compute_body", sanitize=False)

    @api.depends("user_id")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        for screen in self:
            is_own = screen.user_id == self.env.user
            name = self.env._("My commission") if is_own else screen.user_id.name
            screen.display_name = name

    @api.depends_context("uid")
    def _compute_is_manager(self):
        self.is_manager = self.env.user.has_group("sale_collection.group_manager")

    @api.depends("user_id")
    @api.depends_context("company", "allowed_company_ids", "lang")
    def _compute_body(self):
        for screen in self:
            screen._check_user()
            screen.body = self.env["ir.qweb"]._render(
                "sale_collection_commission.commission_mine_body", screen._get_values()
            )

    @api.constrains("user_id")
    def _check_user(self):
        """Raise AccessError when a rep asks for the commission of another."""
        # Not `is_manager`: a client may send any value of a screen being filled in.
        if self.env.user.has_group("sale_collection.group_manager"):
            return
        for screen in self:
            if screen.user_id != self.env.user:
                raise AccessError(
                    self.env._("Rep: you can see your own commission only.")
                )

    @api.model
    def action_open_mine(self):
        """Open the screen of the current user."""
        return self.create({})._get_records_action(name=self.env._("My commission"))

    # === FIGURES ===#

    def _get_values(self, today=None):
        """Return all the screen shows; amounts in company currency unless said."""
        self.ensure_one()
        company = self.env.company
        today = today or company._collection_today()
        companies = self.env.companies & company.search(
            [("id", "child_of", company.id)]
        )
        outlook = self.env["sale.collection.commission.outlook"].sudo()
        prospects = outlook.with_context(
            allowed_company_ids=companies.ids
        )._collect_prospects(user=self.user_id, today=today)
        rows = chase_order(prospects, today + timedelta(SOON_DAYS))
        months = self._get_months(companies, today)
        return {
            "currency": company.currency_id,
            "months": months,
            "waiting": self._get_waiting(companies, today),
            "best": max([amount for _month, amount in months], default=0.0),
            "bands": self._get_bands(prospects, company.currency_id),
            "expected": _total(prospects, "now"),
            "at_risk": _total(prospects, "now")
            - _total([own for own in prospects if not _drops(own, today)], "now")
            - _total([own for own in prospects if _drops(own, today)], "then"),
            "rows": rows[:ROWS_SHOWN],
            "left": len(rows) - ROWS_SHOWN,
            "soon": today + timedelta(SOON_DAYS),
            "days": SOON_DAYS,
            "lines": self._get_lines(rows[:ROWS_SHOWN]),
            "currencies": self.env["res.currency"].browse,
        }

    def _get_lines(self, prospects):
        """Return {receivable line id: the line}, read for the rep's own invoices."""
        lines = self.env["account.move.line"].sudo()
        found = lines.browse(own.line_id for own in prospects)
        return {line.id: line for line in found}

    def _get_waiting(self, companies, today):
        """Return the commission on the rep's money of today that is not booked yet."""
        chosen = SQL(
            """(receipt.user_id = %(user)s OR receipt.move_id IN (
                SELECT move_id FROM sale_collection_commission_claim
                 WHERE user_id = %(user)s))""",
            user=self.user_id.id,
        )
        accrual = self.env["sale.collection.commission.accrual"].sudo()
        return self.env.company.currency_id.round(
            sum(
                own
                for (company, rep, _agent), (_amount, own) in accrual._collect_waiting(
                    chosen, today
                ).items()
                if company in companies.ids and rep == self.user_id.id
            )
        )

    def _get_months(self, companies, today):
        """Return pairs of month and commission earned, the oldest first."""
        last = start_of(today, "month")
        months = [last - relativedelta(months=back) for back in range(HISTORY_MONTHS)][
            ::-1
        ]
        groups = (
            self.env["sale.collection.commission.entry"]
            .sudo()
            ._read_group(
                [
                    ("user_id", "=", self.user_id.id),
                    ("company_id", "in", companies.ids),
                    ("date", ">=", months[0]),
                    ("date", "<=", end_of(today, "month")),
                ],
                ["date:month"],
                ["amount_company:sum"],
            )
        )
        earned = dict(groups)
        return [(month, earned.get(month, 0.0)) for month in months]

    @api.model
    def _get_bands(self, prospects, currency):
        """Return (factor, open amount, worth) by timeliness factor, the best first."""
        bands = {}
        for own in prospects:
            money, worth = bands.get(own.factor, (0.0, 0.0))
            bands[own.factor] = (
                money + own.open_company,
                worth + own.now * own.company_rate,
            )
        return [
            (factor, currency.round(money), currency.round(worth))
            for factor, (money, worth) in sorted(bands.items(), reverse=True)
        ]


def _drops(prospect, today):
    return prospect.until and prospect.until <= today + timedelta(SOON_DAYS)


def _total(prospects, name):
    return sum(getattr(own, name) * own.company_rate for own in prospects)
