from bisect import bisect_right
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..core.sql import columns_sql

# What a file may change about an invoice it has brought before.
UPDATABLE = (
    "partner_id",
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

    Grades and behaviour read it exactly like receipts. It books nothing and belongs
    to the root company. A row without paid date counts for nothing yet.
    """

    _name = "sale.collection.history"
    _description = "Trade history"
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
        help="The system or company the history comes from. An invoice reference "
        "stands once in each source.",
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
        "UNIQUE (company_id, source, invoice_ref)",
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

    @api.constrains("paid_date", "company_id")
    def _check_paid_date(self):
        for company, records in self.grouped("company_id").items():
            today = company._collection_today()
            if any(one.paid_date and one.paid_date > today for one in records):
                raise ValidationError(
                    self.env._("Paid on: history knows what was paid up to today.")
                )

    @api.constrains("currency_id", "company_id")
    def _check_currency_rate(self):
        for company, records in self.grouped("company_id").items():
            rates = Rates(company, records.currency_id)
            for currency in records.currency_id:
                if not rates.knows(currency):
                    raise ValidationError(self._get_missing_rate_message(currency.name))

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
        records = super().create([self._with_owner(vals) for vals in vals_list])
        records._touch_customers()
        return records

    def write(self, vals):
        self._touch_customers()
        result = super().write(self._with_owner(vals))
        self._touch_customers()
        return result

    def unlink(self):
        self._touch_customers()
        return super().unlink()

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
        """Insert or update invoices of one source, by reference, in one statement.

        The same rows again change nothing. The caller has checked access rights and
        currencies.

        :param company: root company the history belongs to
        :param rows: list of dicts: partner_id (commercial partner), invoice_ref,
            invoice_date, due_date, paid_date or None, amount, currency_id; each
            reference once
        :rtype: Loaded
        """
        if not rows:
            return Loaded(0, 0, 0, set())
        self.flush_model()
        owners = self._get_owners(company, source, [row["invoice_ref"] for row in rows])
        changed = self._upsert(company, source, self._prepare_load(company, rows))
        self.invalidate_model()
        created = sum(is_new for is_new, _ref, _partner_id in changed)
        touched = {partner_id for _is_new, _ref, partner_id in changed}
        touched.update(owners[ref] for _is_new, ref, _id in changed if ref in owners)
        self._push_customers(sorted(touched), company)
        return Loaded(
            created, len(changed) - created, len(rows) - len(changed), touched
        )

    @api.model
    def _get_owners(self, company, source, refs):
        """Return {reference: partner id} as stored; an update may change it."""
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT invoice_ref, partner_id FROM sale_collection_history "
                    "WHERE company_id = %s AND source = %s AND invoice_ref = ANY(%s)",
                    company.id,
                    source,
                    refs,
                )
            )
        )

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
        """Insert or update prepared rows of a source, by reference.

        :return: list of (is new, reference, partner id), without unchanged rows
        """
        given = ("invoice_ref", *UPDATABLE)
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
                    ON CONFLICT (company_id, source, invoice_ref) DO UPDATE
                   SET (%(updatable)s, write_uid, write_date)
                     = (%(new)s, excluded.write_uid, excluded.write_date)
                 WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
                RETURNING xmax = 0, invoice_ref, partner_id
                """,
                company=company.id,
                source=source,
                uid=self.env.uid,
                arrays=SQL(", ").join(arrays),
                given=columns_sql(given),
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
