import io

from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools.pdf import PdfFileReader, PdfFileWriter

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

# Groups of a salesperson who collects.
REP = "sale_collection.group_user,sales_team.group_sale_salesman"
# Companies with accounts that the suite keeps in its databases.
SPARE = "Spare company"


@tagged("post_install", "-at_install")
class CollectionCommon(AccountTestInvoicingCommon):
    """Invoices, payments and ledger assertions shared by the tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receipts = cls.env["sale.collection.receipt"]
        cls.company = cls.company_data["company"]
        cls.customer = cls.env["res.partner"].create({"name": "Customer"})
        cls.revenue = cls.company_data["default_account_revenue"]
        cls.bank_journal = cls.company_data["default_journal_bank"]
        cls.receivable = cls.company_data["default_account_receivable"]

    @classmethod
    def _create_company(cls, **values):
        """Take a company that is kept ready, where there is one: it saves seconds."""
        companies = cls.env["res.company"].sudo()
        spare = companies.search([("name", "=like", f"{SPARE}%")], limit=1)
        if not spare or values.keys() != {"name"}:
            return super()._create_company(**values)
        spare.name = values["name"]
        cls.env.cr.execute(
            "UPDATE res_company SET create_date = now() AT TIME ZONE 'UTC'"
            " WHERE id = %s",
            [spare.id],
        )
        spare.invalidate_recordset(["create_date"])
        cls.env.user.company_ids = [Command.link(spare.id)]
        return spare.with_env(cls.env)

    @classmethod
    def get_default_groups(cls):
        groups = super().get_default_groups()
        return groups | cls.env.ref("sale_collection.group_manager")

    @classmethod
    def new_user(cls, login, groups=REP, **values):
        """Return a user of this company with groups, given in one text."""
        return new_test_user(
            cls.env,
            login,
            groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            **values,
        )

    @classmethod
    def load_language(cls, code):
        """Install a language with the texts of our addons."""
        cls.env["res.lang"]._activate_lang(code)
        modules = cls.env["ir.module.module"].sudo()
        ours = modules.search(
            [("name", "=like", "sale_collection%"), ("state", "=", "installed")]
        )
        modules._load_module_terms(ours.mapped("name"), [code])

    @classmethod
    def new_users(cls, prefix, **groups):
        """Return users of this company, by the ends of their logins."""
        return [cls.new_user(f"{prefix}_{end}", own) for end, own in groups.items()]

    @classmethod
    def create_invoice(
        cls,
        amount=1000.0,
        date="2026-01-01",
        due="2026-01-31",
        partner=None,
        move_type="out_invoice",
        post=True,
        **values,
    ):
        """Return an invoice without taxes; `due` None keeps the payment term's."""
        invoice = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": date,
                "date": date,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goods",
                            "price_unit": amount,
                            "account_id": cls.revenue.id,
                            "tax_ids": [],
                        }
                    )
                ],
                **values,
            }
        )
        if post:
            invoice.action_post()
        return invoice

    @classmethod
    def create_discount_term(cls):
        """Return 30 days, or 2 % less within 10 days."""
        return cls.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )

    @classmethod
    def pay(cls, invoices, amount=None, date="2026-02-10", **values):
        """Register one payment on invoices and return it."""
        values = {"payment_date": date, "group_payment": True, **values}
        if amount is not None:
            values["amount"] = amount
        return (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=invoices.ids)
            .create(values)
            ._create_payments()
        )

    @classmethod
    def create_entry(cls, lines, date="2026-02-10", **values):
        """Return a posted entry of (account, balance[, partner]) tuples."""
        entry = cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": date,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "balance": balance,
                            "partner_id": (partner[0] if partner else cls.customer).id,
                        }
                    )
                    for account, balance, *partner in lines
                ],
                **values,
            }
        )
        entry.action_post()
        return entry

    def agree_on_due(self, line, day):
        """Have a controller agree to another due date, "as the due date"."""
        line.date_maturity = day
        self.env.flush_all()
        self.cr.precommit.run()
        extension = self.env["sale.collection.extension"].search(
            [("line_id", "=", line.id), ("state", "=", "unapproved")]
        )
        extension.as_due_date = True
        controller = self.new_user(
            f"agrees {line.id}", "sale_collection.group_credit_controller"
        )
        extension.with_user(controller).action_approve()

    @classmethod
    def receivable_lines(cls, moves):
        return moves.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).sorted(lambda line: (line.date_maturity or line.date, line.id))

    @classmethod
    def match(cls, *moves):
        """Reconcile all open receivable lines of moves."""
        lines = cls.receivable_lines(cls.env["account.move"].union(*moves))
        lines.filtered(lambda line: not line.reconciled).reconcile()

    def rows_of(self, moves):
        """Return the live rows of invoices: no undone ones, no reversals."""
        self.env.cr.flush()
        rows = self.receipts.sudo().search([("move_ref", "in", moves.ids)], order="id")
        return rows.filtered(lambda row: not row.reversal_of_id) - rows.reversal_of_id

    def assertKinds(self, moves, expected):
        """Assert the live amounts of invoices by kind, in company currency."""
        found = {}
        for row in self.rows_of(moves):
            found[row.kind] = self.company.currency_id.round(
                found.get(row.kind, 0.0) + row.amount
            )
        self.assertEqual(found, expected)
        self.assertLedger()

    def assertLedger(self):
        """Assert that the ledger equals the accounting, line by line."""
        self.env.cr.flush()
        self.assertEqual(self.receipts.sudo()._audit(repair=False), [])
        self.env.cr.execute(
            """
            SELECT line.id, line.balance - line.amount_residual, drafts.amount,
                   COALESCE(SUM(receipt.amount), 0)
              FROM account_move_line line
              JOIN sale_collection_receipt receipt ON receipt.line_ref = line.id
             CROSS JOIN LATERAL (
                SELECT COALESCE(SUM(CASE WHEN part.debit_move_id = line.id
                                         THEN part.amount ELSE -part.amount END), 0)
                       AS amount
                  FROM account_partial_reconcile part
                  JOIN account_move_line other
                    ON other.id = part.debit_move_id + part.credit_move_id - line.id
                 WHERE line.id IN (part.debit_move_id, part.credit_move_id)
                   AND other.parent_state <> 'posted'
             ) drafts
             WHERE line.parent_state = 'posted'
             GROUP BY line.id, drafts.amount
            """
        )
        for line_id, settled, drafts, mirrored in self.env.cr.fetchall():
            self.assertAlmostEqual(
                float(mirrored),
                float(settled - drafts),
                2,
                f"receivable line {line_id} is not mirrored",
            )

    def assertPrintsEach(self, report, records, data=None, ids=None):
        """Assert that a report of several records is printed document by document.

        :param data: what a dialog prints with; the ids of the records are among it
        :param ids: as a client names the records, where not each once
        """
        calls = []

        def run(printer, bodies, **options):
            calls.append(len(bodies))
            page = PdfFileWriter()
            page.addBlankPage(100, 100)
            page.write(stream := io.BytesIO())
            return stream.getvalue()

        reports = self.env.registry["ir.actions.report"]
        self.patch(reports, "_run_wkhtmltopdf", run)
        self.patch(reports, "get_wkhtmltopdf_state", lambda printer: "ok")
        printer = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        ids = None if data else ids or records.ids
        content, kind = printer._render_qweb_pdf(report, ids, data=data)
        self.assertEqual((kind, calls), ("pdf", [1] * len(records)))
        pages = PdfFileReader(io.BytesIO(content)).getNumPages()
        self.assertEqual(pages, len(records))

    def assertBearsCompany(self, message):
        """Assert that above a mail stands the company, never the name of a record."""
        mail = self.env["mail.mail"].sudo()
        [body] = mail.search([("mail_message_id", "=", message.id)]).mapped("body_html")
        head = body.partition("<table")[2].partition("Dear")[0]
        self.assertIn(self.company.name, head)
        self.assertNotIn(message.record_name, head)
        description = self.env[message.model]._description
        self.assertNotIn(description.lower(), body.lower())
