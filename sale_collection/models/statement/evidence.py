from decimal import Decimal
from functools import partial

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_repr, html2plaintext

from ...tools.evidence import Part, write_table
from .profile import _read

# Documents read at once; what is known of them is forgotten before the next ones.
BATCH = 200
# Bytes of a file read at once.
CHUNK = 1 << 16
DOCUMENTS = ("out_invoice", "out_refund", "out_receipt")

LEDGER = (
    *("date", "move_name", "ref", "name", "date_maturity", "currency_id"),
    *("amount_currency", "matching_number", "company_currency_id", "debit", "credit"),
    "collection_residual",
)
PROMISES = (
    *("name", "kind", "made_on", "date", "amount", "currency_id", "state"),
    *("contact_id", "amount_received", "days_late", "user_id", "cancelled_by_id"),
)
DISPUTES = (
    *("date", "reason_id", "side_at_fault", "amount", "amount_open", "currency_id"),
    *("state", "date_closed", "credit_note_id", "user_id", "note"),
)
CONTACTS = (
    *("date", "type", "result", "user_id", "contact_id", "invoice_names"),
    *("reason_id", "confirmed_reason_id", "amount_overdue", "currency_id", "note"),
    "next_date",
)


class SaleCollectionEvidence(models.AbstractModel):
    """What proves a debt, document by document: for lawyers, agencies and auditors.

    Made for customers with thousands of documents: each is read when its turn comes.
    The customer must be readable by the user, who gets what they may read in the
    companies they work in; what they may not read is named as such.
    """

    _name = "sale.collection.evidence"
    _description = "Evidence about a customer"

    # === ENTRY POINTS ===#

    @api.model
    def _read_parts(self, profile):
        """Yield all documents about a customer, as `Part` of `tools.evidence`.

        A kind of documents that cannot be looked for is a part that cannot be read.

        :param profile: one profile, readable by the user
        """
        profile.check_access("read")
        for _sequence, folder, method in sorted(self._get_readers()):
            try:
                with self.env.cr.savepoint(flush=False):
                    for name, read in getattr(self, method)(profile):
                        yield Part(folder, name, read)
            except Exception as error:  # noqa: BLE001
                yield Part(folder, folder, partial(self._fail, error))

    @api.model
    def _get_readers(self):
        """Return what is read, as tuples (sequence, folder, method name).

        Extension point. A method takes a profile and yields pairs of the name of a
        file and a function; that one is called at once, with nothing else, and gives
        the bytes in pieces. Sequences: 10 statement, 20 ledger, 30 invoices, 40
        deliveries, 50 promises, 60 disputes, 70 talks, 80 reminders, 90 confirmations.
        """
        account = self.env._("Statement and ledger")
        return [
            (10, account, "_read_statement"),
            (20, account, "_read_ledger"),
            (30, self.env._("Invoices"), "_read_invoices"),
            (50, self.env._("Promises"), "_read_promises"),
            (60, self.env._("Disputes"), "_read_disputes"),
            (70, self.env._("Follow-up log"), "_read_contacts"),
        ]

    # === DOCUMENTS ===#

    @api.model
    def _read_statement(self, profile):
        def read():
            [(_name, content)] = profile._render_statement().values()
            return [content]

        yield f"{profile._get_statement_name()}.pdf", read

    @api.model
    def _read_ledger(self, profile):
        yield (
            self.env._("Ledger") + ".csv",
            partial(self._write_ledger, profile),
        )

    @api.model
    def _write_ledger(self, profile):
        """Return the customer's journal items as a table, with the balance after each.

        The amounts are no secret to whoever may read the profile, as those of the
        statement.
        """
        lines = self.env["account.move.line"].sudo()
        lines = lines.search(
            [
                ("account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("company_id", "in", self._get_companies(profile).ids),
                ("partner_id.commercial_partner_id", "=", profile.partner_id.id),
            ],
            order="date, id",
        )
        heads = [*self._get_heads(lines, LEDGER), self.env._("Balance")]
        return write_table(self._generate_ledger_rows(lines, heads))

    @api.model
    def _generate_ledger_rows(self, lines, heads):
        yield heads
        balance = 0.0
        for batch in self._read_batches(lines):
            for line in batch:
                currency = line.company_currency_id
                balance = currency.round(balance + line.balance)
                cells = self._get_cells(line, LEDGER)
                yield [*cells, self._get_amount(balance, currency)]

    @api.model
    def _read_invoices(self, profile):
        moves = self.env["account.move"].sudo()
        moves = moves.search(
            [
                ("move_type", "in", DOCUMENTS),
                ("state", "=", "posted"),
                ("company_id", "in", self._get_companies(profile).ids),
                ("commercial_partner_id", "=", profile.partner_id.id),
            ],
            order="invoice_date, id",
        )
        for batch in self._read_batches(moves):
            shown = batch.sudo(False)._filtered_access("read")
            for move in batch:
                read = self._print_invoice if move in shown else self._refuse
                yield f"{move.name}.pdf", partial(read, move)

    @api.model
    def _print_invoice(self, move):
        """Return the document as it was sent, else as it would be printed now."""
        sent, main = move.invoice_pdf_report_id, move.message_main_attachment_id
        if not sent and main.mimetype == "application/pdf":
            sent = main
        if sent:
            return self._read_file(sent)
        return self._print("account.account_invoices", move)

    @api.model
    def _read_promises(self, profile):
        """Read promises given, their letters, and what came back signed."""
        promises = self.env["sale.collection.promise"].search(
            [("profile_id", "=", profile.id), ("state", "!=", "draft")],
            order="made_on, id",
        )
        yield from self._read_list(self.env._("Promises"), promises, PROMISES)
        for batch in self._read_batches(promises):
            files = self._find_files(batch)
            for promise in batch:
                letter = partial(self._print, "sale_collection.report_promise", promise)
                yield f"{promise.name}.pdf", letter
                yield from self._read_files(files.get(promise.id, ()), promise.name)

    @api.model
    def _read_disputes(self, profile):
        disputes = self.env["sale.collection.dispute"].search(
            [("profile_id", "=", profile.id)], order="date, id"
        )
        yield from self._read_list(self.env._("Disputes"), disputes, DISPUTES)
        for batch in self._read_batches(disputes):
            files = self._find_files(batch)
            for dispute in batch.filtered(lambda one, files=files: one.id in files):
                yield from self._read_files(files[dispute.id], dispute.display_name)

    @api.model
    def _read_contacts(self, profile):
        contacts = self.env["sale.collection.contact"].search(
            [("profile_id", "=", profile.id)], order="date, id"
        )
        yield from self._read_list(self.env._("Follow-up log"), contacts, CONTACTS)

    # === FILES ===#

    @api.model
    def _find_files(self, records, field=False):
        """Return {record id: files attached to it}, in superuser mode.

        :param records: readable by the user
        :param str field: the field that holds the files, where it is one
        """
        files = self.env["ir.attachment"].sudo()
        files = files.search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("res_field", "=", field),
            ],
            order="id",
        )
        return files.grouped("res_id")

    @api.model
    def _read_files(self, files, prefix):
        """Yield files, named after what they are attached to."""
        for file in files:
            yield f"{prefix} {file.name}", partial(self._read_file, file)

    @api.model
    def _read_file(self, file):
        """Yield the content of an attachment in pieces.

        :raise UserError: it is a link
        """
        if file.type != "binary":
            raise UserError(self.env._("Kept elsewhere: %(url)s", url=file.url))
        if file.store_fname:
            with open(file._full_path(file.store_fname), "rb") as content:
                while chunk := content.read(CHUNK):
                    yield chunk
        else:  # kept in the database: this one alone, and not for long
            file = file.browse(file.id)
            yield file.raw or b""
            file.invalidate_recordset(["raw", "db_datas"])

    @api.model
    def _print(self, report, record):
        """Return the print of a record, in one piece, without keeping it."""
        printer = self.env["ir.actions.report"].sudo()
        streams, kind = printer._pre_render_qweb_pdf(report, record.ids)
        # tests print nothing
        return [_read(streams[record.id]) if kind == "pdf" else streams]

    @api.model
    def _refuse(self, record):
        """Say that the user may not read a document.

        :raise AccessError: always
        """
        raise AccessError(
            self.env._(
                "You may not read this document: ask an accountant for this file."
            )
        )

    @api.model
    def _fail(self, error):
        raise error

    # === TABLES ===#

    @api.model
    def _read_list(self, title, records, names):
        """Yield a table of records with these fields, if there are any."""
        if records:
            yield f"{title}.csv", partial(self._write_records, records, names)

    @api.model
    def _write_records(self, records, names):
        rows = (
            self._get_cells(record, names)
            for batch in self._read_batches(records)
            for record in batch
        )
        heads = self._get_heads(records, names)
        return write_table(row for part in ([heads], rows) for row in part)

    @api.model
    def _get_heads(self, records, names):
        return [records._fields[name]._description_string(self.env) for name in names]

    @api.model
    def _get_cells(self, record, names):
        return [self._get_cell(record, name) for name in names]

    @api.model
    def _get_cell(self, record, name):
        """Return the value of a field as a table shows it; amounts are exact."""
        field, value = record._fields[name], record[name]
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)]
            return self._get_amount(value, currency)
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value)
        if field.relational:
            return ", ".join(value.sudo().mapped("display_name"))
        if field.type == "html":
            return html2plaintext(value or "")
        return value

    @api.model
    def _get_amount(self, value, currency):
        return Decimal(float_repr(value, currency.sudo().decimal_places))

    # === READING ===#

    @api.model
    def _get_companies(self, profile):
        """Return the companies of the customer's tree in which the user works."""
        root = profile.sudo().company_id
        return self.env.companies.sudo().filtered(lambda one: one.root_id == root)

    @api.model
    def _read_batches(self, records):
        """Yield records in batches, none of which stays in memory behind its turn."""
        for start in range(0, len(records), BATCH):
            yield records.browse(records._ids[start : start + BATCH])
            self.env.invalidate_all()
