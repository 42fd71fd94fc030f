from bisect import bisect_right
from math import isfinite
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...tools.history import FIRST_YEAR, LONGEST, YEARS_AHEAD
from ..core.sql import columns_sql

# What a file may change about an invoice it has brought before.
UPDATABLE = (
    "invoice_date",
    "due_date",
    "paid_date",
    "amount",
    "currency_id",
    "amount_company",
    "days_late",
)


class Loaded(NamedTuple):
    """How many of the rows given to `_load` were what, and their customers."""

    created: int
    updated: int
    unchanged: int
    partner_ids: set[int]


class SaleCollectionHistory(models.Model):
    """One invoice of a past system or another company, and when it was paid.

    An invoice paid in parts has a row for each. Grades and behaviour read rows exactly
    like receipts. It books nothing and belongs
    to the root company. A row without paid date counts for nothing yet.
    """

    _name = "sale.collection.history"
    _description = "Trade history"
    _inherit = ["sale.collection.code.written"]
    _order = "invoice_date desc, id desc"
    _rec_name = "invoice_ref"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company.root_id,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    invoice_ref = fields.Char(string="Invoice", required=True)
    source = fields.Char(
        required=True,
        default=lambda self: self._get_default_source(),
        help="The system or company the history comes from. An invoice reference of "
        "a customer stands once in each source.",
    )
    part = fields.Integer(
        default=0,
        readonly=True,
        help="An invoice paid in several payments has a row for each: 0, 1, 2.",
    )
    invoice_date = fields.Date(string="Invoice date", required=True)
    due_date = fields.Date(string="Due date", required=True)
    paid_date = fields.Date(
        string="Paid on", help="Empty while unpaid: the row counts once it is paid."
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.root_id.currency_id,
    )
    amount = fields.Monetary(required=True)
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    amount_company = fields.Monetary(
        string="Amount in company currency",
        currency_field="company_currency_id",
        compute="_compute_amount_company",
        store=True,
        precompute=True,
        help="At the rate of the invoice date.",
    )
    days_late = fields.Integer(
        string="Days late",
        compute="_compute_days_late",
        store=True,
        precompute=True,
        aggregator="avg",
        help="Days from the due date, moved to the next working day, to the payment. "
        "Negative when paid early.",
    )

    _reference_unique = models.Constraint(
        "UNIQUE (company_id, source, partner_id, invoice_ref, part)",
        "This invoice is already in the trade history of the same source.",
    )
    _due_after_invoice = models.Constraint(
        "CHECK (due_date >= invoice_date)",
        "An invoice cannot fall due before its own date. Correct one of the dates.",
    )
    _paid_after_invoice = models.Constraint(
        "CHECK (paid_date >= invoice_date)",
        "An invoice cannot be paid before its own date. Correct one of the dates.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "The amount of an invoice must be above zero."
    )
    # PostgreSQL takes NaN for the largest of all numbers.
    _amount_bounded = models.Constraint(
        "CHECK (amount < 1e13)", "The amount of an invoice is no possible amount."
    )
    _reference_short = models.Constraint(
        f"CHECK (char_length(invoice_ref) <= {LONGEST})",
        "The number of the invoice is too long.",
    )
    _year_possible = models.Constraint(
        f"CHECK (invoice_date >= '{FIRST_YEAR}-01-01')",
        "The invoice date is too long ago. Correct its year.",
    )

    @api.model
    def _get_default_source(self):
        return self.env._("Previous system")

    # === COMPUTE ===#

    @api.depends("amount", "currency_id", "company_id", "invoice_date")
    def _compute_amount_company(self):
        for company, records in self.grouped("company_id").items():
            rates = Rates(company or self.env.company, records.currency_id)
            for record in records:
                record.amount_company = rates.convert(
                    record.amount, record.currency_id, record.invoice_date
                )

    @api.depends("due_date", "paid_date", "company_id")
    def _compute_days_late(self):
        for company, records in self.grouped("company_id").items():
            effective = (company or self.env.company)._collection_effective_dues(
                records.mapped("due_date")
            )
            for record in records:
                due, paid = record.due_date, record.paid_date
                record.days_late = (paid - effective[due]).days if due and paid else 0

    @api.constrains("currency_id", "company_id")
    def _check_currency_rate(self):
        for company, records in self.grouped("company_id").items():
            rates = Rates(company, records.currency_id)
            for currency in records.currency_id:
                if not rates.knows(currency):
                    raise ValidationError(self._get_missing_rate_message(currency.name))

    @api.constrains("due_date", "paid_date", "company_id")
    def _check_days_ahead(self):
        for company, records in self.grouped("company_id").items():
            today = company._collection_today()
            if any(record.paid_date and record.paid_date > today for record in records):
                raise ValidationError(
                    self.env._("An invoice cannot be paid in the future.")
                )
            last = today.year + YEARS_AHEAD
            if any(record.due_date.year > last for record in records):
                raise ValidationError(
                    self.env._("An invoice cannot fall due after %s.", last)
                )

    @api.model
    def _get_missing_rate_message(self, currency_name):
        return self.env._(
            "Currency %(currency)s has no rate. Enter one under Invoicing, "
            "Configuration, Currencies.",
            currency=currency_name,
        )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        self._check_amounts(vals_list)
        records = super().create([self._with_owner(vals) for vals in vals_list])
        records._touch_customers()
        return records

    def write(self, vals):
        self._check_amounts([vals])
        self._touch_customers()
        result = super().write(self._with_owner(vals))
        self._touch_customers()
        return result

    def unlink(self):
        self._touch_customers()
        return super().unlink()

    @api.model
    def _check_amounts(self, vals_list):
        """Refuse NaN and infinity, which core's rounding stumbles over."""
        for vals in vals_list:
            if not isfinite(float(vals.get("amount") or 0)):
                raise ValidationError(
                    self.env._("The amount of an invoice is no possible amount.")
                )

    @api.model
    def _with_owner(self, vals):
        """Return `vals` with the commercial partner in place of a contact."""
        if not vals.get("partner_id"):
            return vals
        partner = self.env["res.partner"].browse(vals["partner_id"])
        return {**vals, "partner_id": partner.commercial_partner_id.id}

    def _touch_customers(self):
        """Queue the customers, so that their profiles are refreshed soon."""
        for company, records in self.grouped("company_id").items():
            self._push_customers(records.partner_id.ids, company)

    @api.model
    def _push_customers(self, partner_ids, company):
        if partner_ids:
            self.env["sale.collection.queue"].sudo()._push(
                "partner", partner_ids, company
            )

    @api.model
    def _prepare_hand_over(self, partners, customer):
        """Let rows of `partners` move to `customer`, who has invoices of their numbers.

        Each becomes a part of its own, so that none is lost to the unique key.
        """
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_collection_history moved
                   SET part = moved.id
                 WHERE moved.partner_id IN %s
                   AND EXISTS (
                       SELECT FROM sale_collection_history other
                        WHERE other.partner_id IN %s
                          AND other.id != moved.id
                          AND other.company_id = moved.company_id
                          AND other.source = moved.source
                          AND other.invoice_ref = moved.invoice_ref
                          AND other.part = moved.part)
                """,
                partners._ids,
                (partners | customer)._ids,
            )
        )
        self.invalidate_model(["part"])

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import template for trade history"),
                "template": "/sale_collection/static/csv/trade_history.csv",
            }
        ]

    # === LOAD ===#

    @api.model
    def _load(self, company, source, rows):
        """Insert or update invoices of one source, in one statement.

        They are found again by customer, reference and part. The same rows again
        change nothing; parts an invoice no longer has are removed. The caller has
        checked access rights and currencies.

        :param company: root company the history belongs to
        :param rows: list of dicts: partner_id (commercial partner), invoice_ref, part,
            invoice_date, due_date, paid_date or None, amount, currency_id; each
            part of an invoice once, with all its other parts
        :rtype: Loaded
        """
        if not rows:
            return Loaded(0, 0, 0, set())
        self.flush_model()
        changed = self._upsert(company, source, self._prepare_load(company, rows))
        touched = {partner_id for _is_new, partner_id in changed}
        touched |= self._delete_stale_parts(company, source, rows)
        self.invalidate_model()
        created = sum(is_new for is_new, _partner_id in changed)
        self._push_customers(sorted(touched), company)
        return Loaded(
            created, len(changed) - created, len(rows) - len(changed), touched
        )

    @api.model
    def _delete_stale_parts(self, company, source, rows):
        """Delete parts the invoices no longer have; return their customers."""
        last_parts = {}
        for row in rows:
            key = row["partner_id"], row["invoice_ref"]
            last_parts[key] = max(row["part"], last_parts.get(key, 0))
        deleted = self.env.execute_query(
            SQL(
                """
                DELETE FROM sale_collection_history old
                 USING UNNEST(%s::int[], %s::varchar[], %s::int[])
                       AS given(partner_id, invoice_ref, last_part)
                 WHERE old.company_id = %s
                   AND old.source = %s
                   AND old.partner_id = given.partner_id
                   AND old.invoice_ref = given.invoice_ref
                   AND old.part > given.last_part
                RETURNING old.partner_id
                """,
                [partner_id for partner_id, _ref in last_parts],
                [ref for _partner_id, ref in last_parts],
                list(last_parts.values()),
                company.id,
                source,
            )
        )
        return {partner_id for (partner_id,) in deleted}

    @api.model
    def _prepare_load(self, company, rows):
        """Return the rows with what is computed from them."""
        currencies = self.env["res.currency"].browse(
            {row["currency_id"] for row in rows}
        )
        rates = Rates(company, currencies)
        by_id = {currency.id: currency for currency in currencies}
        effective = company._collection_effective_dues(
            {row["due_date"] for row in rows}
        )
        prepared = []
        for row in rows:
            currency, paid = by_id[row["currency_id"]], row["paid_date"]
            amount = currency.round(float(row["amount"]))
            late = (paid - effective[row["due_date"]]).days if paid else 0
            prepared.append(
                {
                    **row,
                    "amount": amount,
                    "amount_company": rates.convert(
                        amount, currency, row["invoice_date"]
                    ),
                    "days_late": late,
                }
            )
        return prepared

    @api.model
    def _upsert(self, company, source, rows):
        """Insert or update prepared rows of a source.

        :return: list of (is new, partner id), without unchanged rows
        """
        key = ("partner_id", "invoice_ref", "part")
        given = (*key, *UPDATABLE)
        arrays = [
            SQL(
                "%s::%s[]",
                [row[name] for row in rows],
                SQL(self._fields[name].column_type[0]),
            )
            for name in given
        ]
        return self.env.execute_query(
            SQL(
                """
                INSERT INTO sale_collection_history AS old
                       (company_id, source, create_uid, write_uid,
                        create_date, write_date, %(given)s)
                SELECT %(company)s, %(source)s, %(uid)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', given.*
                  FROM UNNEST(%(arrays)s) AS given
                    ON CONFLICT (company_id, source, %(key)s) DO UPDATE
                   SET (%(updatable)s, write_uid, write_date)
                     = (%(new)s, excluded.write_uid, excluded.write_date)
                 WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
                RETURNING xmax = 0, partner_id
                """,
                company=company.id,
                source=source,
                uid=self.env.uid,
                arrays=SQL(", ").join(arrays),
                given=columns_sql(given),
                key=columns_sql(key),
                updatable=columns_sql(UPDATABLE),
                old=columns_sql(UPDATABLE, "old"),
                new=columns_sql(UPDATABLE, "excluded"),
            )
        )


class Rates:
    """Rates of some currencies to a company's, read at once.

    Gives what `res.currency._convert` gives, which asks the database for each day.
    """

    def __init__(self, company, currencies):
        self.currency = company.currency_id
        self.root = company.root_id
        self.days = {}
        self._read(currencies | self.currency)

    def _read(self, currencies):
        currencies.env["res.currency.rate"].flush_model()
        rates = currencies.env.execute_query(
            SQL(
                """
                SELECT currency_id, company_id IS NULL AS shared, name, rate
                  FROM res_currency_rate
                 WHERE currency_id IN %s
                   AND (company_id IS NULL OR company_id = %s)
                 ORDER BY currency_id, shared, name
                """,
                tuple(currencies.ids) or (None,),
                self.root.id,
            )
        )
        for currency_id, shared, day, rate in rates:
            series = self.days.setdefault((currency_id, shared), ([], []))
            series[0].append(day)
            series[1].append(rate)

    def knows(self, currency):
        """Return whether a currency can be converted into that of the company."""
        return currency == self.currency or any(
            (currency.id, shared) in self.days for shared in (False, True)
        )

    def convert(self, amount, currency, day):
        """Return `amount` in company currency at the rate of `day`, rounded."""
        if currency == self.currency or not day:
            return amount
        rate = self._find_rate(self.currency, day) / self._find_rate(currency, day)
        return self.currency.round(amount * rate)

    def _find_rate(self, currency, day):
        """Return the last rate of the company, else the shared one, else the next."""
        series = [
            self.days[currency.id, shared]
            for shared in (False, True)
            if (currency.id, shared) in self.days
        ]
        for days, rates in series:
            position = bisect_right(days, day)
            if position:
                return rates[position - 1]
        return series[0][1][0] if series else 1.0
