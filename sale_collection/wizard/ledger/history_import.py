import base64
import codecs
from os.path import splitext

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...models.ledger.history import Rates
from ...tools import history

# Rows of one step; a step is one transaction when the screen drives the import.
STEP = 5000
MOST_STEPS = 20


class SaleCollectionHistoryImport(models.TransientModel):
    """Load a file of trade history: keep the good rows and return the bad ones.

    Rows are found again by source and invoice reference.
    """

    _name = "sale.collection.history.import"
    _description = "Import trade history"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company.root_id,
    )
    file = fields.Binary(
        required=True,
        help="One line per invoice, with the columns customer_ref, invoice_ref, "
        "invoice_date, due_date, paid_date, amount and currency.",
    )
    filename = fields.Char()
    source = fields.Char(
        required=True,
        default=lambda self: self._get_default_source(),
        help="The system or company the file comes from. An invoice that came before "
        "from the same source is updated.",
    )
    encoding = fields.Selection(
        [
            ("auto", "Detect"),
            ("utf-8", "UTF-8"),
            ("cp1252", "Western European (Windows-1252)"),
            ("gb18030", "Chinese (GB18030)"),
        ],
        required=True,
        default="auto",
    )
    separator = fields.Selection(
        [("auto", "Detect"), (",", "Comma"), (";", "Semicolon"), ("\t", "Tab")],
        required=True,
        default="auto",
    )
    date_order = fields.Selection(
        [
            ("iso", "2025-12-31"),
            ("dmy", "31/12/2025"),
            ("mdy", "12/31/2025"),
        ],
        string="Dates look like",
        required=True,
        default="iso",
    )
    decimal_sign = fields.Selection(
        [(".", "1,250.00"), (",", "1.250,00")],
        string="Amounts look like",
        required=True,
        default=".",
    )
    create_customers = fields.Boolean(
        string="Create unknown customers",
        help="A customer the file names and the company does not know is created, "
        "with its reference as name. Otherwise the line is rejected.",
    )

    row_count = fields.Integer(readonly=True)
    done_count = fields.Integer(readonly=True)
    created_count = fields.Integer(string="Imported", readonly=True)
    updated_count = fields.Integer(string="Updated", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    rejected_count = fields.Integer(string="Rejected", readonly=True)
    rejected_file = fields.Binary(readonly=True)
    rejected_filename = fields.Char(compute="_compute_rejected_filename")
    partner_ids = fields.Many2many("res.partner", readonly=True)
    state = fields.Selection(
        [("draft", "To import"), ("running", "Importing"), ("done", "Imported")],
        compute="_compute_state",
    )

    @api.model
    def _get_default_source(self):
        """Propose the source of the last import: the same file must find its rows.

        In whatever language the first one was named.
        """
        history_model = self.env["sale.collection.history"]
        last = history_model.search(
            [("company_id", "=", self.env.company.root_id.id)],
            order="id desc",
            limit=1,
        )
        return last.source or history_model._get_default_source()

    # === COMPUTE ===#

    @api.depends("filename")
    def _compute_rejected_filename(self):
        for wizard in self:
            name = splitext(wizard.filename or "history")[0]
            wizard.rejected_filename = self.env._("%(name)s rejected.csv", name=name)

    @api.depends("row_count", "done_count")
    def _compute_state(self):
        for wizard in self:
            if wizard.row_count and wizard.done_count == wizard.row_count:
                wizard.state = "done"
            else:
                wizard.state = "running" if wizard.done_count else "draft"

    # === ACTIONS ===#

    def import_next(self):
        """Import the next rows of the file.

        The screen calls it until `done` reaches `total`; each call is committed by
        itself, so a file of any size neither times out nor is lost half-way.

        :return: dict with `done` and `total`, in rows
        """
        self.ensure_one()
        self.env["sale.collection.history"].check_access("create")
        table = self._read_table()
        start = self.done_count
        stop = min(start + self._get_step(len(table.records)), len(table.records))
        if start < stop:
            self._import_records(table, start, stop)
        return {"done": self.done_count, "total": self.row_count}

    def action_open_history(self):
        """List the invoices of the source."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sale_collection.history_action"
        )
        return {**action, "domain": [("source", "=", self.source)], "target": "main"}

    # === READ ===#

    def _get_layout(self):
        """Return how the person says the file is written."""
        return history.Format(
            self.encoding, self.separator, self.date_order, self.decimal_sign
        )

    def _read_table(self):
        """Return the file split into cells.

        :raise UserError: naming what is wrong with the file as a whole
        """
        if not self.file:
            raise UserError(self.env._("Choose the file to import."))
        try:
            table = history.read_table(base64.b64decode(self.file), self._get_layout())
        except history.FileError as error:
            raise UserError(self._get_file_message(error)) from error
        if not table.records:
            raise UserError(self._get_file_message(history.FileError("empty")))
        return table

    @api.model
    def _get_step(self, total):
        """Return the rows of one step of a file of `total` rows."""
        # Each step reads the file anew: few steps, however long the file.
        return max(STEP, -(-total // MOST_STEPS))

    # === MATCH AND LOAD ===#

    def _import_records(self, table, start, stop):
        """Load the records `start` to `stop` and note which were refused, and why."""
        today = self.company_id._collection_today()
        rows, refusals = history.read_rows(
            table, start, stop, self._get_layout(), today
        )
        refused = [
            (refusal.record, self._get_reason(refusal.code, **refusal.details))
            for refusal in refusals
        ]
        values, unknown = self._match(rows)
        loaded = self.env["sale.collection.history"]._load(
            self.company_id, self.source, values
        )
        refused += unknown
        refused.sort(key=lambda pair: pair[0].number)
        self._add_result(table, stop, loaded, refused)

    def _match(self, rows):
        """Return the values of the rows whose customer and currency are known.

        :return: list of dicts for `_load`, list of (record, reason) of the others
        """
        currencies = self._match_currencies({row.currency for row in rows})
        customers = self._match_customers(
            {
                row.customer_ref
                for row in rows
                if isinstance(currencies[row.currency], int)
            }
        )
        values, refused = [], []
        for row in rows:
            currency = currencies[row.currency]
            customer = customers.get(row.customer_ref)
            if isinstance(currency, int) and isinstance(customer, int):
                values.append(self._prepare_history(row, customer, currency))
            else:
                reason = customer if isinstance(currency, int) else currency
                refused.append((row.record, reason))
        return values, refused

    @api.model
    def _prepare_history(self, row, partner_id, currency_id):
        return {
            "partner_id": partner_id,
            "invoice_ref": row.invoice_ref,
            "invoice_date": row.invoice_date,
            "due_date": row.due_date,
            "paid_date": row.paid_date,
            "amount": row.amount,
            "currency_id": currency_id,
        }

    def _match_currencies(self, codes):
        """Return {code: currency id, or the reason why there is none}."""
        currencies = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "in", list(codes))])
        )
        rates = Rates(self.company_id, currencies)
        found = {
            currency.name: currency.id
            if rates.knows(currency)
            else self._get_reason("no_rate", currency=currency.name)
            for currency in currencies
        }
        for code in codes - found.keys():
            found[code] = self._get_reason("unknown_currency", currency=code)
        return found

    def _match_customers(self, refs):
        """Return {reference: commercial partner id, or the reason for none}.

        By reference first, then by exact name; unknown ones are created if asked.
        """
        found = self._find_customers("ref", refs)
        found.update(self._find_customers("name", refs - found.keys()))
        unknown = sorted(refs - found.keys())
        if unknown and self.create_customers:
            partners = self.env["res.partner"].create(
                [self._prepare_customer(ref) for ref in unknown]
            )
            found.update(zip(unknown, partners.ids, strict=True))
        else:
            for ref in unknown:
                found[ref] = self._get_reason("unknown_customer", ref=ref)
        return found

    def _find_customers(self, field, values):
        """Return {value: commercial partner id, or why it is not clear which}."""
        domain = Domain(field, "in", list(values)) & Domain(
            "company_id", "in", [False, self.company_id.id]
        )
        partners = self.env["res.partner"].with_context(active_test=False)
        partners = partners.search_fetch(domain, [field, "active", "parent_id"])
        found = {}
        for value, same in partners.grouped(field).items():
            # An archived double does not hide the customer in use.
            owners = (same.filtered("active") or same).commercial_partner_id
            if len(owners) == 1:
                found[value] = owners.id
            else:
                found[value] = self._get_reason("ambiguous_customer", ref=value)
        return found

    @api.model
    def _prepare_customer(self, ref):
        return {"name": ref, "ref": ref, "is_company": True, "customer_rank": 1}

    def _add_result(self, table, stop, loaded, refused):
        """Add the counts, refused lines and customers of one step to the result."""
        self.write(
            {
                "row_count": len(table.records),
                "done_count": stop,
                "created_count": self.created_count + loaded.created,
                "updated_count": self.updated_count + loaded.updated,
                "unchanged_count": self.unchanged_count + loaded.unchanged,
                "rejected_count": self.rejected_count + len(refused),
                "rejected_file": self._append_rejected(table, refused),
                "partner_ids": [Command.link(id_) for id_ in loaded.partner_ids],
            }
        )

    def _append_rejected(self, table, refused):
        """Return the file of rejected lines with these added, for a spreadsheet."""
        if not refused:
            return self.rejected_file
        before = base64.b64decode(self.rejected_file or b"")
        text = history.write_refusals(table, refused, with_header=not before)
        return base64.b64encode((before or codecs.BOM_UTF8) + text.encode())

    # === WORDS ===#

    @api.model
    def _get_reason(self, code, **details):
        """Return why a line was rejected, for the person who must correct it."""
        env = self.env
        reasons = {
            "missing_value": env._("%(column)s is empty"),
            "too_many_cells": env._(
                "More cells than the first line has: put quotes around a cell that "
                "holds the separator"
            ),
            "unreadable_date": env._(
                "%(column)s: %(value)s is not a date of the chosen form"
            ),
            "bad_amount": env._("amount: %(value)s is not a number of the chosen form"),
            "not_positive": env._("amount: %(value)s is not above zero"),
            "due_before_invoice": env._("due_date is before invoice_date"),
            "paid_before_invoice": env._("paid_date is before invoice_date"),
            "paid_in_future": env._("paid_date is in the future"),
            "duplicate": env._("Same invoice_ref as line %(line)s"),
            "unknown_currency": env._("Unknown currency %(currency)s"),
            "no_rate": env._("Currency %(currency)s has no rate: enter one first"),
            "unknown_customer": env._("No customer has the reference or name %(ref)s"),
            "ambiguous_customer": env._(
                "Several customers have the reference or name %(ref)s"
            ),
        }
        return reasons[code] % details

    @api.model
    def _get_file_message(self, error):
        """Return why the file as a whole cannot be read, and the way out."""
        env = self.env
        messages = {
            "empty": env._("The file holds no invoices."),
            "spreadsheet": env._(
                "This is a spreadsheet. Save it as CSV, or use Import records in the "
                "list of the trade history."
            ),
            "encoding": env._(
                "The file is not written in %(encoding)s. Choose another encoding."
            ),
            "unreadable": env._("The file cannot be read: %(message)s."),
            "missing_columns": env._(
                "Missing in the first line of the file: %(columns)s. It must name "
                "all columns; check the separator too."
            ),
        }
        return messages[error.code] % error.details
