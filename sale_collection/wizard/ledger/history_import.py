import base64
import codecs
from os.path import splitext

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ...models.core.transaction import do_all_or_each
from ...models.ledger.history import Loaded, Rates
from ...tools import history, sheet
from . import history_words

# Rows of one step; a step is one transaction when the screen drives the import.
STEP = 5000
MOST_STEPS = 20
# Names shown when the encoding is not sure.
SHOWN_NAMES = 5


class SaleCollectionHistoryImport(models.TransientModel):
    """Load a file of trade history: keep the good rows and return the bad ones.

    Rows are found again by source, customer and invoice reference. What the file does
    not tell for sure, such as its encoding or whether 03/04 is in March, is asked
    before anything is kept.
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
        help="CSV or a spreadsheet (.xlsx, .xls) with the columns customer_ref, "
        "invoice_ref, invoice_date, due_date, paid_date, amount and currency, and "
        "open_amount if only a part is open. Lines of one invoice are added up; with "
        "different paid dates they are payments.",
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
            ("utf-16", "UTF-16"),
            ("gb18030", "Chinese (GB18030)"),
            ("big5hkscs", "Traditional Chinese (Big5)"),
            ("shift_jis", "Japanese (Shift-JIS)"),
            ("euc_kr", "Korean (EUC-KR)"),
            ("cp1252", "Western European (Windows-1252)"),
            ("cp1250", "Central European (Windows-1250)"),
            ("cp1251", "Cyrillic (Windows-1251)"),
            ("mac_roman", "Western European (Macintosh)"),
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
            ("auto", "Detect"),
            ("iso", "2025-12-31"),
            ("dmy", "31/12/2025"),
            ("mdy", "12/31/2025"),
        ],
        string="Dates look like",
        required=True,
        default="auto",
    )
    decimal_sign = fields.Selection(
        [("auto", "Detect"), (".", "1,250.00"), (",", "1.250,00")],
        string="Amounts look like",
        required=True,
        default="auto",
    )
    create_customers = fields.Boolean(
        string="Create unknown customers",
        help="A customer the file names and the company does not know is created, "
        "with its reference as name. Otherwise the line is rejected.",
    )

    question = fields.Text(
        readonly=True, help="What the file does not tell for sure; nothing is kept yet."
    )
    asked_encoding = fields.Char(readonly=True)
    choose_columns = fields.Boolean(
        help="Say which column of the file is which, also where the names are known."
    )
    column_ids = fields.One2many(
        "sale.collection.history.import.column", "import_id", string="Columns"
    )
    row_count = fields.Integer(readonly=True)
    done_count = fields.Integer(readonly=True)
    created_count = fields.Integer(string="Imported", readonly=True)
    updated_count = fields.Integer(string="Updated", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    merged_count = fields.Integer(
        string="Added up",
        readonly=True,
        help="Lines whose amount was added to another line of the same invoice.",
    )
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

        :return: dict with `done` and `total`, in rows; both 0 while `question` stands
        """
        self.ensure_one()
        self.env["sale.collection.history"].check_access("create")
        if not self.file:
            raise UserError(self.env._("Choose the file to import."))
        try:
            if self.row_count or self._decide_layout():
                self._import_step()
        except sheet.FileError as error:
            raise UserError(history_words.get_file_message(self.env, error)) from error
        return {"done": self.done_count, "total": self.row_count}

    def action_open_history(self):
        """List the invoices of the source."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "sale_collection.history_action"
        )
        return {**action, "domain": [("source", "=", self.source)], "target": "main"}

    # === READ ===#

    def _decide_layout(self):
        """Find out how the file is written and keep it for all steps.

        :return: False when something must be asked first; `question` says what
        :raise FileError: what is wrong with the file as a whole
        """
        data = self._read_data()
        guess = self._guess_encoding(data)
        table = sheet.Table(data, guess.encoding, self.separator)
        positions = self._match_columns(table)
        missing = history.find_missing(positions)
        if missing or self.choose_columns and self._get_named_columns(table) is None:
            self._ask_columns(table, positions)
            code = "columns" if missing else "columns_chosen"
            questions = [(code, {"columns": ", ".join(missing)})]
        else:
            given = history.Format(self.date_order, self.decimal_sign)
            survey = history.survey(table, positions, given)
            if not survey.count:
                raise sheet.FileError("empty")
            questions = list(survey.questions)
        is_sure = guess.is_sure or self._proves_encoding(table, positions)
        names = [] if is_sure else self._get_foreign_names(table, positions)
        if names:
            questions.insert(0, ("encoding", {"names": ", ".join(names)}))
        if questions:
            self._ask(questions, guess.encoding if names else False)
            return False
        self._remember_columns(table)
        self.write(
            {
                "question": False,
                "encoding": guess.encoding,
                "separator": table.separator,
                "date_order": survey.layout.date_order,
                "decimal_sign": survey.layout.decimal_sign,
                "row_count": survey.count,
            }
        )
        return True

    def _read_data(self):
        """Return the bytes of the file; a spreadsheet is kept as text from now on."""
        data = base64.b64decode(self.file)
        if sheet.is_workbook(data):
            data = sheet.read_workbook(data)
            self.write(
                {
                    "file": base64.b64encode(data),
                    "encoding": "utf-8",
                    "separator": ",",
                    "asked_encoding": False,
                }
            )
        sheet.check_kind(data)
        return data

    def _guess_encoding(self, data):
        """Return the encoding, sure when the person chose or confirmed it."""
        if self.encoding == "auto":
            return sheet.guess_encoding(data)
        asked = self.asked_encoding
        return sheet.Guess(self.encoding, not asked or asked == self.encoding)

    @api.model
    def _proves_encoding(self, table, positions):
        """Return whether a known Chinese name of a column is read in the encoding."""
        return any(
            sheet.has_ideographs(table.header[position])
            for position in positions.values()
        )

    @api.model
    def _get_foreign_names(self, table, positions):
        """Return the first customers and references that an encoding decides."""
        names = []
        used = [positions[name] for name in positions if name.endswith("_ref")]
        for record in table:
            for position in used or range(len(record.cells)):
                cell = (*record.cells, *[""] * (position + 1))[position]
                cell = sheet.show_text(cell)
                if not cell.isascii() and cell not in names:
                    names.append(cell)
            if len(names) >= SHOWN_NAMES:
                break
        return names[:SHOWN_NAMES]

    def _ask(self, questions, encoding):
        """Show what must be answered before the next click imports."""
        messages = [
            history_words.get_question(self.env, code, **details)
            for code, details in questions
        ]
        values = {"question": "\n".join(messages)}
        if encoding:
            # Importing again without another choice confirms it.
            values |= {"encoding": encoding, "asked_encoding": encoding}
        self.write(values)

    def _import_step(self):
        data = base64.b64decode(self.file)
        table = sheet.Table(data, self.encoding, self.separator)
        start = self.done_count
        stop = min(start + self._get_step(self.row_count), self.row_count)
        if start < stop:
            self._import_records(table, start, stop)

    # === COLUMNS ===#

    def _match_columns(self, table):
        """Return {column: position} by the person's choice, else by known names."""
        own = self._get_named_columns(table)
        if own is None:
            own = self.company_id.sudo().collection_history_columns or {}
        return history.match_columns(table.header, own)

    def _ask_columns(self, table, positions):
        """List the columns of the file, for the person to say which is which."""
        if self._get_named_columns(table) is not None:
            return
        columns = self.column_ids._prepare_columns(table, positions)
        self.column_ids = [Command.clear(), *map(Command.create, columns)]

    def _get_named_columns(self, table):
        """Return {name in the file: column} as the person said, None before that."""
        headers = list(map(sheet.show_text, table.header))
        if self.column_ids.mapped("header") != headers:
            return None
        names = map(history.normalize, table.header)
        return dict(zip(names, self.column_ids.mapped("column"), strict=True))

    def _remember_columns(self, table):
        """Keep the names of columns the person explained, for the next file."""
        named = self._get_named_columns(table)
        if named:
            # The controller has just imported, and this is no setting of the company.
            company = self.company_id.sudo()
            named = {**(company.collection_history_columns or {}), **named}
            company.collection_history_columns = {
                name: column for name, column in named.items() if column
            }

    @api.model
    def _get_step(self, total):
        """Return the rows of one step of a file of `total` rows."""
        # Each step reads the file anew: few steps, however long the file.
        return max(STEP, -(-total // MOST_STEPS))

    # === MATCH AND LOAD ===#

    def _import_records(self, table, start, stop):
        """Load the records `start` to `stop` and note which were refused, and why."""
        invoices, refusals = history.read_invoices(
            table,
            self._match_columns(table),
            start,
            stop,
            history.Format(self.date_order, self.decimal_sign),
            self.company_id._collection_today(),
        )
        refused = [
            (
                refusal.record,
                history_words.get_reason(self.env, refusal.code, **refusal.details),
            )
            for refusal in refusals
        ]
        matched, unknown = self._match(invoices)
        loaded, poisoned = self._load(matched)
        refused += unknown + poisoned
        refused.sort(key=lambda pair: pair[0].number)
        merged = sum(
            max(len(invoice.records) - len(invoice.payments), 0)
            for invoice, _rows in matched
        )
        self._add_result(table, stop, loaded, refused, merged)

    def _load(self, matched):
        """Load invoices; one the database refuses is named and the others stay.

        :return: `Loaded`, list of (record, reason) of the others
        """
        refused = []

        def load(some):
            rows = [row for _invoice, rows in some for row in rows]
            history_model = self.env["sale.collection.history"]
            return history_model._load(self.company_id, self.source, rows)

        def refuse(some, error):
            message = str(error).partition("\n")[0]
            reason = history_words.get_reason(self.env, "poison", message=message)
            refused.extend((record, reason) for record in some[0][0].records)

        done = [
            loaded for _some, loaded in do_all_or_each(self.env, matched, load, refuse)
        ]
        return Loaded(
            sum(loaded.created for loaded in done),
            sum(loaded.updated for loaded in done),
            sum(loaded.unchanged for loaded in done),
            set().union(*(loaded.partner_ids for loaded in done)),
        ), refused

    def _match(self, invoices):
        """Return the invoices whose customer and currency are known, as rows.

        :return: list of (invoice, list of dicts for `_load`), list of (record, reason)
            of the others
        """
        currencies = self._match_currencies({invoice.currency for invoice in invoices})
        customers = self._match_customers(
            {
                invoice.customer_ref
                for invoice in invoices
                if isinstance(currencies[invoice.currency], int)
            }
        )
        matched, refused, lines = [], [], {}
        for invoice in invoices:
            currency = currencies[invoice.currency]
            customer = customers.get(invoice.customer_ref)
            reason = self._get_mismatch(invoice, currency, customer, lines)
            if reason:
                refused += [(record, reason) for record in invoice.records]
            else:
                rows = self._prepare_history(invoice, customer, currency)
                matched.append((invoice, rows))
        return matched, refused

    def _get_mismatch(self, invoice, currency, customer, lines):
        """Return why an invoice cannot be loaded, or False.

        :param lines: {(customer, reference): first line}, filled here
        """
        if not isinstance(currency, int):
            return currency
        if not isinstance(customer, int):
            return customer
        rounding = self.env["res.currency"].browse(currency).round
        for _day, amount in invoice.payments:
            if rounding(float(amount)) <= 0:
                return history_words.get_reason(self.env, "too_small", value=amount)
        key = customer, invoice.invoice_ref
        number = invoice.records[0].number
        if lines.setdefault(key, number) != number:
            return history_words.get_reason(self.env, "duplicate", line=lines[key])
        return False

    @api.model
    def _prepare_history(self, invoice, partner_id, currency_id):
        """Return the values of each part of an invoice."""
        return [
            {
                "partner_id": partner_id,
                "invoice_ref": invoice.invoice_ref,
                "part": part,
                "invoice_date": invoice.invoice_date,
                "due_date": invoice.due_date,
                "paid_date": paid_date,
                "amount": amount,
                "currency_id": currency_id,
            }
            for part, (paid_date, amount) in enumerate(invoice.payments)
        ]

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
            else history_words.get_reason(self.env, "no_rate", currency=currency.name)
            for currency in currencies
        }
        for code in codes - found.keys():
            found[code] = history_words.get_reason(
                self.env, "unknown_currency", currency=code
            )
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
                found[ref] = history_words.get_reason(
                    self.env, "unknown_customer", ref=ref
                )
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
                found[value] = history_words.get_reason(
                    self.env, "ambiguous_customer", ref=value
                )
        return found

    @api.model
    def _prepare_customer(self, ref):
        return {"name": ref, "ref": ref, "is_company": True, "customer_rank": 1}

    def _add_result(self, table, stop, loaded, refused, merged):
        """Add the counts, refused lines and customers of one step to the result."""
        self.write(
            {
                "done_count": stop,
                "merged_count": self.merged_count + merged,
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
