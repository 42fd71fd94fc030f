from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.sale_collection.tools.period import quarter_bounds


class SaleCollectionCommissionReview(models.TransientModel):
    """Two periods side by side: did the policy make customers pay sooner, at what cost?

    By the day of the money. Shares and days are weighted by amount.
    """

    _name = "sale.collection.commission.review"
    _description = "Commission policy review"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    first_from = fields.Date(
        string="First period from",
        required=True,
        default=lambda self: self._get_default_quarter(2)[0],
    )
    first_to = fields.Date(
        string="First period to",
        required=True,
        default=lambda self: self._get_default_quarter(2)[1],
    )
    second_from = fields.Date(
        string="Second period from",
        required=True,
        default=lambda self: self._get_default_quarter(1)[0],
    )
    second_to = fields.Date(
        string="Second period to",
        required=True,
        default=lambda self: self._get_default_quarter(1)[1],
    )
    line_ids = fields.One2many(
        "sale.collection.commission.review.line", "review_id", readonly=True
    )
    is_done = fields.Boolean(readonly=True)

    @api.model
    def _get_default_quarter(self, back):
        """Return the bounds of the quarter so many quarters ago."""
        day = self.env.company._collection_today()
        for _unused in range(back):
            day = quarter_bounds(day)[0] - timedelta(days=1)
        return quarter_bounds(day)

    @api.constrains("first_from", "first_to", "second_from", "second_to")
    def _check_dates(self):
        for review in self:
            if (
                review.first_from > review.first_to
                or review.second_from > review.second_to
            ):
                raise ValidationError(
                    self.env._("Period to: a period cannot end before it begins.")
                )

    @api.onchange("company_id", "first_from", "first_to", "second_from", "second_to")
    def _onchange_question(self):
        """The answer to another question is none."""
        self.is_done = False
        self.line_ids = [fields.Command.clear()]

    def action_compare(self):
        """Read both periods and list them by rep, all reps together first."""
        self.ensure_one()
        periods = [
            self._collect(self.first_from, self.first_to),
            self._collect(self.second_from, self.second_to),
        ]
        reps = sorted(
            (periods[0].keys() | periods[1].keys()) - {None},
            key=lambda rep: -sum(found.get(rep, (0,))[0] for found in periods),
        )
        self.write(
            {
                "is_done": True,
                "line_ids": [
                    fields.Command.clear(),
                    *(
                        fields.Command.create(self._prepare_line(rep, periods))
                        for rep in [None, *reps]
                    ),
                ],
            }
        )
        return self._get_records_action(name=self.env._("Policy review"))

    @api.model
    def _prepare_line(self, rep, periods):
        values = {"user_id": rep, "is_total": rep is None}
        for number, found in enumerate(periods, 1):
            money, timely, weight, commission = found.get(rep, (0.0,) * 4)
            values |= {
                f"collected_{number}": money,
                f"on_time_{number}": timely / money if money else 0.0,
                f"days_late_{number}": weight / money if money else 0.0,
                f"commission_{number}": commission,
                f"per_hundred_{number}": 100 * commission / money if money else 0.0,
            }
        return values

    def _collect(self, date_from, date_to):
        """Return {rep id: (money, of it on time, money x days late, commission)}.

        On None stands the total. In company currency; on time is after grace.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH company AS (
                    SELECT id FROM res_company WHERE parent_path LIKE %(path)s),
                money AS (
                    SELECT receipt.user_id, SUM(receipt.amount) AS money,
                           COALESCE(SUM(receipt.amount) FILTER (
                               WHERE receipt.days_late <= %(grace)s), 0) AS timely,
                           SUM(receipt.amount * receipt.days_late) AS weight
                      FROM sale_collection_receipt receipt
                     WHERE receipt.kind = 'cash'
                       AND receipt.date BETWEEN %(first)s AND %(last)s
                       AND receipt.company_id IN (SELECT id FROM company)
                     GROUP BY receipt.user_id),
                paid AS (
                    SELECT entry.user_id, SUM(entry.amount_company) AS amount
                      FROM sale_collection_commission_entry entry
                     WHERE entry.date BETWEEN %(first)s AND %(last)s
                       AND entry.company_id IN (SELECT id FROM company)
                     GROUP BY entry.user_id)
                SELECT COALESCE(money.user_id, paid.user_id),
                       COALESCE(money.money, 0)::float8,
                       COALESCE(money.timely, 0)::float8,
                       COALESCE(money.weight, 0)::float8,
                       COALESCE(paid.amount, 0)::float8
                  FROM money
                  FULL JOIN paid ON paid.user_id = money.user_id
                """,
                path=f"{self.company_id.parent_path}%",
                grace=self.company_id.collection_grace_days,
                first=date_from,
                last=date_to,
            )
        )
        found = {rep: tuple(figures) for rep, *figures in rows if rep}
        columns = zip(*(figures for _rep, *figures in rows), strict=True)
        return {**found, None: tuple(sum(column) for column in columns) or (0.0,) * 4}


class SaleCollectionCommissionReviewLine(models.TransientModel):
    """One rep, or all of them, in both periods."""

    _name = "sale.collection.commission.review.line"
    _description = "Rep in a commission policy review"
    _order = "id"

    review_id = fields.Many2one(
        "sale.collection.commission.review", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="review_id.currency_id")
    user_id = fields.Many2one("res.users", string="Rep", ondelete="cascade")
    is_total = fields.Boolean()
    name = fields.Char(string="Who", compute="_compute_name")
    collected_1 = fields.Monetary(string="Collected")
    collected_2 = fields.Monetary(string="Collected, second")
    on_time_1 = fields.Float(string="On time")
    on_time_2 = fields.Float(string="On time, second")
    days_late_1 = fields.Float(string="Days late", digits=(16, 1))
    days_late_2 = fields.Float(string="Days late, second", digits=(16, 1))
    commission_1 = fields.Monetary(string="Commission")
    commission_2 = fields.Monetary(string="Commission, second")
    per_hundred_1 = fields.Float(string="Per 100 collected", digits=(16, 2))
    per_hundred_2 = fields.Float(string="Per 100 collected, second", digits=(16, 2))

    @api.depends("user_id", "is_total")
    def _compute_name(self):
        for line in self:
            line.name = self.env._("All") if line.is_total else line.user_id.name
