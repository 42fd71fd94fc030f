from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.sale_collection.tools.window import open_list

from ..report.target_customer import ALL_OF_IT, FIGURES
from ..tools.target import gap

# Targets whose lines are being written, in the cache of the cursor.
WAITING = "sale_collection_target_waiting"


class SaleCollectionTarget(models.Model):
    """What a target still lacks, who could close the gap, and what is done about it."""

    _name = "sale.collection.target"
    _inherit = ["sale.collection.target", "sale.collection.code.written"]

    due = fields.Monetary(
        compute="_compute_figures",
        help="Instalments of the rep's or team's invoices that fall due in the period, "
        "less credit notes on them.",
    )
    unapplied = fields.Monetary(
        string="Not matched yet",
        compute="_compute_figures",
        help="Money of the period that is matched to no invoice, of customers of the "
        "rep or team. It is not in what is collected and counts once it is matched.",
    )
    promised = fields.Monetary(
        compute="_compute_figures",
        help="What live promises for the period are still to bring. Money received on "
        "them is in what is collected.",
    )
    expected = fields.Monetary(
        compute="_compute_figures",
        help="What is promised, times the reliability of each customer's promises.",
    )
    gap_promised = fields.Monetary(
        string="Gap against promised",
        compute="_compute_figures",
        help="Target less collected and promised. Negative: more than the target.",
    )
    gap_expected = fields.Monetary(
        string="Gap against expected",
        compute="_compute_figures",
        help="Target less collected and expected. Negative: more than the target.",
    )
    measure_amount = fields.Monetary(
        string="Measures under way",
        compute="_compute_figures",
        help="What is expected of the measures that have no result yet.",
    )
    gap_uncovered = fields.Monetary(
        string="Without a measure",
        compute="_compute_figures",
        help="Gap against expected less the measures under way.",
    )
    line_ids = fields.One2many(
        "sale.collection.target.line", "target_id", string="By customer", copy=True
    )
    customer_ids = fields.One2many(
        "sale.collection.target.customer",
        "target_id",
        string="Who could close the gap",
        domain=[
            ("part", "in", ALL_OF_IT),
            *("|", ("collectable", ">", 0), ("coming", ">", 0)),
        ],
        readonly=True,
    )
    measure_ids = fields.One2many(
        "sale.collection.measure", "target_id", string="Measures"
    )

    # === COMPUTE ===#

    @api.depends_context("uid")
    def _compute_display_name(self):
        # EXTENDS base: the owner of a measure learns nothing of a target of others
        shown = self.sudo(False)._filtered_access("read")
        for target in self - shown:
            target.display_name = self.env._("Target")
        return super(
            SaleCollectionTarget, shown.with_env(self.env)
        )._compute_display_name()

    @api.depends(
        *("user_id", "team_id", "date_from", "date_to", "amount", "company_id"),
        *("measure_ids.expected_amount", "measure_ids.result"),
    )
    def _compute_figures(self):
        figures = self._collect_figures()
        measures = self._collect_measures()
        nothing = dict.fromkeys(FIGURES, 0.0)
        for target in self:
            found = figures.get(target._origin.id, nothing)
            for name in ("due", "unapplied", "promised", "expected"):
                target[name] = found[name]
            target.measure_amount = measures.get(target._origin.id, 0.0)
            missing = gap(
                target.amount,
                found["collected"],
                found["promised"],
                found["expected"],
                target.measure_amount,
            )
            target.gap_promised = missing.promised
            target.gap_expected = missing.expected
            target.gap_uncovered = missing.uncovered

    def _collect_figures(self, by_customer=False):
        """Return {target id: {figure: amount}} of all customers.

        Whoever may read a target reads its figures, also of customers of others.

        :param bool by_customer: {(target id, customer id): figures}, False for nobody
        """
        groupby = ["target_id", "partner_id"] if by_customer else ["target_id"]
        rows = self.env["sale.collection.target.customer"].sudo()
        rows = rows.with_context(allowed_company_ids=self.company_id.ids)
        found = rows._read_group(
            [("target_id", "in", self._origin.ids), ("part", "in", ALL_OF_IT)],
            groupby,
            [f"{name}:sum" for name in FIGURES],
        )
        keys = len(groupby)
        return {
            tuple(one.id for one in row[:keys]) if by_customer else row[0].id: dict(
                zip(FIGURES, row[keys:], strict=True)
            )
            for row in found
        }

    def _collect_measures(self):
        """Return {target id: what the measures without a result are to bring}."""
        rows = self.env["sale.collection.measure"].sudo()
        found = rows._read_group(
            [("target_id", "in", self._origin.ids), ("result", "=", False)],
            ["target_id"],
            ["expected_amount:sum"],
        )
        return {target.id: amount for target, amount in found}

    # === QUERY ===#

    @api.model
    def _get_shared_sql(self):
        """Select pairs of a team's target and one of its reps that share days."""
        return SQL(
            """
            SELECT whole.id AS whole_id, own.id AS own_id
              FROM sale_collection_target whole
              JOIN res_users member ON member.sale_team_id = whole.team_id
              JOIN sale_collection_target own
                ON own.user_id = member.id
               AND own.company_id = whole.company_id
               AND own.date_from <= whole.date_to
               AND own.date_to >= whole.date_from
            """
        )

    @api.model
    def _get_running_sql(self, companies):
        """Select targets of today, and those of reps that are part of one of a team."""
        return SQL(
            """
            WITH running AS (
                SELECT target.id
                  FROM sale_collection_target target
                  JOIN %s day ON day.company_id = target.company_id
                 WHERE day.today BETWEEN target.date_from AND target.date_to)
            SELECT id FROM running
             UNION ALL
            SELECT own_id FROM (%s) shared JOIN running ON running.id = whole_id
            """,
            self.env["sale.collection.rate"]._get_days_sql(companies),
            self._get_shared_sql(),
        )

    @api.model
    def _get_of_reps_sql(self, condition=None):
        """Return what the reps of the team have of a `target`, NULL where none has one.

        A period that lies only partly in that of the team counts by its days.

        :param SQL condition: which targets of reps count, as `own`
        """
        return SQL(
            """
            (SELECT ROUND(SUM(own.amount
                              * (LEAST(own.date_to, target.date_to)
                                 - GREATEST(own.date_from, target.date_from) + 1)
                              / (own.date_to - own.date_from + 1)),
                          MAX(currency.decimal_places))
               FROM (%s) shared
               JOIN sale_collection_target own ON own.id = shared.own_id
               JOIN res_company company ON company.id = own.company_id
               JOIN res_currency currency ON currency.id = company.currency_id
              WHERE shared.whole_id = target.id AND %s)
            """,
            self._get_shared_sql(),
            condition or SQL("TRUE"),
        )

    # === CRUD ===#

    def write(self, vals):
        if vals.keys().isdisjoint({"amount", "line_ids"}):
            return super().write(vals)
        # Lines are written one by one: only all of them together tell the rest.
        waiting = self.env.cr.cache.setdefault(WAITING, set())
        waiting.update(self.ids)
        try:
            res = super().write(vals)
        finally:
            waiting.difference_update(self.ids)
        self._set_rest()
        return res

    def _set_rest(self):
        """Keep the line of the other customers, which holds what no customer has.

        :raise ValidationError: the customers have more than the target
        """
        waiting = self.env.cr.cache.get(WAITING, ())
        for target in self.filtered("line_ids"):
            if target.id in waiting:
                continue
            named = target.line_ids.filtered("partner_id")
            others = target.line_ids - named
            given = sum(named.mapped("amount"))
            rest = target.currency_id.round(target.amount - given)
            if rest < 0:
                raise ValidationError(
                    self.env._(
                        "By customer: %(given)s for customers is more than the target "
                        "of %(target)s.",
                        given=target.currency_id.format(given),
                        target=target.currency_id.format(target.amount),
                    )
                )
            if not named:
                others.unlink()
            elif not others:
                others.create({"target_id": target.id, "amount": rest})
            elif others.amount != rest:
                others.amount = rest

    # === IMPORT ===#

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import template for targets"),
                "template": "/sale_collection_insight/static/xlsx/targets.xlsx",
            }
        ]

    # === ACTIONS ===#

    def action_open_measures(self):
        """Show what is done to close the gap, and add to it."""
        self.ensure_one()
        return open_list(
            self.env._("Measures"),
            "sale.collection.measure",
            [("target_id", "=", self.id)],
            default_target_id=self.id,
        )

    def action_open_customers(self):
        """Show the figures of each customer of this target."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "sale_collection_insight.target_customer_action"
            ),
            "domain": [("target_id", "=", self.id), ("part", "in", ALL_OF_IT)],
            "context": {"search_default_group_partner": 1},
        }
