import math
from datetime import date, timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..tools.plan import Term, cover, divide

# Days after its date from which a part that is not wholly invoiced is told of.
PATIENCE = 3
ACTIVITY = "sale_collection_contract.activity_not_invoiced"
STATES = [
    ("later", "To come"),
    ("to_invoice", "To invoice"),
    ("to_collect", "To collect"),
    ("collected", "Collected"),
]
AMOUNTS = ("amount_invoiced", "amount_collected", "amount_to_invoice", "amount_gap")
FIGURES = {*AMOUNTS, "state"}
# What a part comes to: the plan has to fit again when one of them is written.
TERMS = {"order_id", "percent", "amount"}
SOURCES = {
    "account.move": ["amount_total", "amount_total_signed", "currency_id", "state"],
    "account.move.line": ["display_type", "move_id", "price_total"],
    "sale.collection.contract.line": [
        *("amount", "date", "due_date", "order_id", "sequence")
    ],
    "sale.collection.receipt": ["amount", "amount_currency", "date", "kind", "move_id"],
    "sale.order": ["currency_id", "currency_rate", "company_id"],
    "sale.order.line": ["order_id"],
}
OPERATORS = {
    "=": SQL("="),
    "!=": SQL("<>"),
    "<": SQL("<"),
    "<=": SQL("<="),
    ">": SQL(">"),
    ">=": SQL(">="),
}


class SaleCollectionContractLine(models.Model):
    """One part of what an order is paid by: how much, when, and what became of it.

    Amounts are in the currency of the order, with taxes. What was invoiced and what
    came of the order covers its parts in their order, the first one first; those that
    have a day but wait for something, last.
    """

    _name = "sale.collection.contract.line"
    _inherit = ["sale.collection.code.written", "sale.collection.one.currency"]
    _description = "Part of a contract collection plan"
    _order = "sequence, date, id"

    order_id = fields.Many2one(
        "sale.order", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10)
    number = fields.Integer(
        string="No.",
        compute="_compute_number",
        help="Place in the plan: as dragged, else by date.",
    )
    name = fields.Char(
        string="Part", required=True, help="Such as deposit, delivery or retention."
    )
    percent = fields.Float(
        help="Share of the order's total with taxes. It follows the order: the amount "
        "changes when the total does. 0: the amount is fixed.",
        aggregator=None,
    )
    amount = fields.Monetary(
        string="Planned",
        compute="_compute_amount",
        store=True,
        readonly=False,
        help="With taxes, in the currency of the order.",
    )
    date = fields.Date(
        string="Due", index=True, help="When it is to be invoiced and paid."
    )
    due_date = fields.Date(
        compute="_compute_due_date",
        store=True,
        index=True,
        export_string_translation=False,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        index=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who sees to it. The salesperson of the order unless chosen; another "
        "salesperson takes over.",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="order_id.currency_id", store=True)
    partner_id = fields.Many2one(
        related="order_id.partner_invoice_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    order_state = fields.Selection(related="order_id.state", string="Order status")
    told_on = fields.Date(
        string="Responsible told on",
        readonly=True,
        copy=False,
        help="When the night said that this part is not invoiced.",
    )
    amount_invoiced = fields.Monetary(
        string="Invoiced",
        compute="_compute_figures",
        search=lambda self, *term: self._search_figure("amount_invoiced", *term),
        help="Posted invoices less credit notes of the order, as far as they cover "
        "this part. Invoices over several orders count by their lines.",
        aggregator="sum",
    )
    amount_collected = fields.Monetary(
        string="Collected",
        compute="_compute_figures",
        search=lambda self, *term: self._search_figure("amount_collected", *term),
        help="Money that came for invoices of the order until today, as far as it "
        "covers this part. No credit notes, discounts or write-offs.",
        aggregator="sum",
    )
    amount_to_invoice = fields.Monetary(
        string="Not invoiced",
        compute="_compute_figures",
        search=lambda self, *term: self._search_figure("amount_to_invoice", *term),
        help="Planned less invoiced.",
        aggregator="sum",
    )
    amount_gap = fields.Monetary(
        string="Gap",
        compute="_compute_figures",
        search=lambda self, *term: self._search_figure("amount_gap", *term),
        help="Planned less collected.",
        aggregator="sum",
    )
    state = fields.Selection(
        STATES,
        compute="_compute_figures",
        search=lambda self, *term: self._search_figure("state", *term),
        help="To invoice: its day has come and not all is invoiced. To collect: all is "
        "invoiced and not all has come.",
    )

    _percent_range = models.Constraint(
        "CHECK(percent >= 0 AND percent <= 1)",
        "A part of a collection plan is between 0 and 100 % of its order.",
    )

    # === COMPUTE ===#

    @api.depends("name", "order_id.name")
    def _compute_display_name(self):
        # The number of an order is no secret to those who read its plan.
        for line in self:
            names = (line.sudo().order_id.name, line.name)
            line.display_name = ": ".join(filter(None, names))

    @api.depends(
        "order_id.collection_contract_line_ids.sequence",
        "order_id.collection_contract_line_ids.date",
    )
    def _compute_number(self):
        for line in self:
            plan = line.sudo().order_id._get_collection_plan() | line.sudo()
            line.number = list(plan).index(line.sudo()) + 1

    @api.depends("date")
    def _compute_due_date(self):
        """Note from when it is due: addons know of parts that wait for something."""
        for line in self:
            line.due_date = line.date

    @api.depends("order_id.user_id")
    def _compute_user_id(self):
        for line in self:
            line.user_id = line.order_id.user_id

    @api.depends(
        "percent",
        "order_id.amount_total",
        "order_id.currency_id",
        "order_id.collection_contract_line_ids.percent",
        "order_id.collection_contract_line_ids.sequence",
        "order_id.collection_contract_line_ids.date",
    )
    def _compute_amount(self):
        for order, lines in self.grouped("order_id").items():
            plan = order._get_collection_plan() | lines
            amounts = divide(
                order.amount_total, plan._get_terms(), order._get_collection_cent()
            )
            for line, amount in zip(plan, amounts, strict=True):
                if line in lines:
                    line.amount = amount

    @api.depends("amount", "date", "due_date", "sequence", "order_id")
    def _compute_figures(self):
        # Read anew for each reader: invoices and money do not touch their orders.
        orders_sudo = self.sudo().order_id
        totals = self._collect_totals(orders_sudo._origin)
        todays = orders_sudo.company_id._collection_todays()
        for order, lines in self.sudo().grouped("order_id").items():
            plan = order._get_collection_cover() | lines
            cent = order._get_collection_cent()
            amounts = plan.mapped("amount")
            invoiced, collected = (
                dict(zip(plan, cover(total, amounts, cent), strict=True))
                for total in totals.get(order._origin.id, (0.0, 0.0))
            )
            today = todays.get(order.company_id.id)
            for line in lines:
                line._set_figures(invoiced[line], collected[line], today)

    def _set_figures(self, invoiced, collected, today):
        self.amount_invoiced = invoiced
        self.amount_collected = collected
        self.amount_to_invoice = self.amount - invoiced
        self.amount_gap = self.amount - collected
        if collected >= self.amount:
            self.state = "collected"
        elif invoiced >= self.amount:
            self.state = "to_collect"
        elif self.due_date and today and self.due_date <= today:
            self.state = "to_invoice"
        else:
            self.state = "later"

    def _get_terms(self):
        """Return the parts as the formulas take them."""
        # A part by percent has no amount of its own, and may be about to get one.
        return [
            Term(line.percent, 0.0 if line.percent else line.amount) for line in self
        ]

    def _get_place(self):
        """Return what a part is sorted by within its plan, saved or not."""
        return (
            self.sequence,
            fields.Date.to_date(self.date) or date.max,
            self._origin.id or math.inf,
        )

    # === QUERY ===#

    @api.model
    def _get_totals_query(self, companies, condition):
        """Select `order_id`, and what is `invoiced` and `collected` of orders.

        In the currency of the order, rounded. Money counts from its day on.

        :param companies: those of the orders
        :param SQL condition: on the table `sale`
        """
        days = SQL(", ").join(
            SQL("(%s::int, %s::date)", company_id, today)
            for company_id, today in companies._collection_todays().items()
        )
        return SQL(
            """
            SELECT sale.id AS order_id, day.today,
                   ROUND(COALESCE(billed.amount, 0) / currency.rounding)
                       * currency.rounding AS invoiced,
                   ROUND(COALESCE(billed.collected, 0) / currency.rounding)
                       * currency.rounding AS collected
              FROM sale_order sale
              JOIN (VALUES %(days)s) AS day (company_id, today)
                ON day.company_id = sale.company_id
              JOIN res_currency currency ON currency.id = sale.currency_id
         LEFT JOIN LATERAL (%(billed)s) billed ON TRUE
             WHERE %(condition)s
            """,
            days=days or SQL("(NULL::int, NULL::date)"),
            billed=self.env["sale.collection.exposure"]._get_billed_sql(
                cash_until=SQL("day.today")
            ),
            condition=condition,
        )

    @api.model
    def _collect_totals(self, orders):
        """Return {order id: (invoiced, collected)} of orders, with one query."""
        if not orders:
            return {}
        self._flush_sources()
        query = self._get_totals_query(
            orders.company_id, SQL("sale.id = ANY(%s)", orders.ids)
        )
        rows = self.env.execute_query_dict(query)
        return {
            row["order_id"]: (float(row["invoiced"]), float(row["collected"]))
            for row in rows
        }

    @api.model
    def _get_figures_query(self):
        """Select `id` and the figures of all parts, as `cover` says."""
        groups = self.sudo()._read_group([], ["company_id"])
        companies = self.env["res.company"].union(*(group[0] for group in groups))
        covered = {
            name: SQL(
                "LEAST(GREATEST(part.amount, 0), GREATEST(0, %s - part.before))",
                SQL.identifier("total", name),
            )
            for name in ("invoiced", "collected")
        }
        return SQL(
            """
            SELECT part.id, %(invoiced)s AS amount_invoiced,
                   %(collected)s AS amount_collected,
                   part.amount - %(invoiced)s AS amount_to_invoice,
                   part.amount - %(collected)s AS amount_gap,
                   CASE WHEN %(collected)s >= part.amount THEN 'collected'
                        WHEN %(invoiced)s >= part.amount THEN 'to_collect'
                        WHEN part.due_date <= total.today THEN 'to_invoice'
                        ELSE 'later' END AS state
              FROM (
                  SELECT id, order_id, due_date, COALESCE(amount, 0) AS amount,
                         SUM(GREATEST(amount, 0)) OVER (
                             PARTITION BY order_id
                             ORDER BY date IS NOT NULL AND due_date IS NULL,
                                      sequence, date, id
                         ) - GREATEST(amount, 0) AS before
                    FROM sale_collection_contract_line
              ) part
              JOIN (%(totals)s) total ON total.order_id = part.order_id
            """,
            totals=self._get_totals_query(
                companies,
                SQL("sale.id IN (SELECT order_id FROM sale_collection_contract_line)"),
            ),
            **covered,
        )

    @api.model
    def _flush_sources(self):
        """Write what the figures are read from."""
        for name, names in SOURCES.items():
            self.env[name].flush_model(names)

    def _field_to_sql(self, alias, field_expr, query=None):
        # EXTENDS base: the figures, joined once however many of them are asked for
        if field_expr not in FIGURES or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        figures = query.make_alias(alias, "figures")
        if figures not in query._joins:
            self._flush_sources()
            query.add_join(
                "LEFT JOIN",
                figures,
                SQL("(%s)", self._get_figures_query()),
                SQL(
                    "%s = %s",
                    SQL.identifier(figures, "id"),
                    SQL.identifier(alias, "id"),
                ),
            )
        return SQL.identifier(figures, field_expr)

    @api.model
    def _search_figure(self, name, operator, value):
        """Return the domain of a figure, by the same SQL as lists group by."""
        if operator == "in":
            return Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s = ANY(%s)",
                    model._field_to_sql(alias, name, query),
                    [one for one in value if one is not False],
                )
            )
        if operator not in OPERATORS:
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s %s %s",
                model._field_to_sql(alias, name, query),
                OPERATORS[operator],
                value,
            )
        )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create([self._prepare_terms(vals) for vals in vals_list])
        lines._check_plan()
        return lines

    def write(self, vals):
        before = self.order_id
        before.check_access("write")
        result = super().write(self._prepare_terms(vals))
        if "date" in vals:
            self.sudo().filtered("told_on").told_on = False
        if not TERMS.isdisjoint(vals):
            self._check_plan()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_if_order_writable(self):
        self.order_id.check_access("write")

    @api.model
    def _prepare_terms(self, vals):
        """Return values in which a part goes by percent or by amount, not by both."""
        if vals.get("percent"):
            return {name: value for name, value in vals.items() if name != "amount"}
        if "amount" in vals and "percent" not in vals:
            return {**vals, "percent": 0.0}
        return vals

    def _check_plan(self):
        """Check that the user may write the orders, and that their plans fit."""
        self.order_id.check_access("write")
        if not self.order_id._is_collection_plan_being_written():
            self.order_id._check_collection_plan()

    # === ACTIONS ===#

    def action_open_order(self):
        """Open the order, where the user reads orders."""
        self.ensure_one()
        return self.order_id._get_records_action(name=self.env._("Order"))

    def action_open_invoices(self):
        """Open the invoices of the order that the user may read."""
        invoices = self.order_id.sudo().invoice_ids.sudo(False)._filtered_access("read")
        if not invoices:
            raise UserError(self.env._("Nothing is invoiced that you may read."))
        return invoices._get_records_action(name=self.env._("Invoices"))

    def action_open_receipts(self):
        """Open the money that came for invoices of the order."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.receipt_action"
        )
        invoices = self.order_id.sudo().invoice_ids
        cash = [("move_id", "in", invoices.ids), ("kind", "=", "cash")]
        return {**action, "domain": cash, "context": {}}

    # === NIGHT ===#

    @api.model
    def _find_untold(self, company, today):
        """Return the parts not wholly invoiced days after their date, and untold of.

        :param company: root company; those of its branches too
        """
        return self.sudo().search(
            [
                ("company_id", "child_of", company.id),
                ("order_state", "=", "sale"),
                ("due_date", "<=", today - timedelta(PATIENCE)),
                ("told_on", "=", False),
                ("amount_to_invoice", ">", 0),
            ]
        )

    def _tell_responsible(self, today):
        """Have those responsible invoice these parts: one activity an order and person.

        :return: number of people and orders told; parts that nobody sees to who may
            read the order stay for another night
        """
        told = self.grouped(lambda line: (line.order_id, line._find_reader()))
        for (order, user), lines in told.items():
            if not user:
                continue
            words = lines.with_context(lang=user.lang or self.env.lang)
            order.with_context(lang=user.lang).activity_schedule(
                ACTIVITY,
                date_deadline=today,
                user_id=user.id,
                note=words._describe_untold(),
            )
            lines.told_on = today
        return sum(bool(user) for _order, user in told)

    def _find_reader(self):
        """Return who is responsible, or sells the order, and may read it."""
        order = self.order_id
        for user in (self.user_id, order.user_id):
            here = (user.company_ids & order.company_id).ids
            seen = order.with_user(user).with_context(allowed_company_ids=here)
            if here and user.active and seen.has_access("read"):
                return user
        return self.env["res.users"]

    def _describe_untold(self):
        return Markup("<br/>").join(
            self.env._(
                "%(part)s, due %(day)s: %(amount)s of %(planned)s not invoiced",
                part=line.name,
                day=format_date(self.env, line.date),
                amount=line.currency_id.format(line.amount_to_invoice),
                planned=line.currency_id.format(line.amount),
            )
            for line in self
        )
