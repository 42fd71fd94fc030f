from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import hash_sign

from odoo.addons.sale_collection.models.core.open_line import (
    RECEIVABLE_ACCOUNTS,
    open_lines_of_sql,
)
from odoo.addons.sale_collection.tools.period import quarter_bounds
from odoo.addons.sale_collection.tools.statement import Item
from odoo.addons.sale_collection.tools.window import open_list

from ..tools.account import Movement, Period, run_balances
from ..tools.plan import LEAST_PAYMENTS, Bounds

#: Links that open instalments to be paid, and the page of an answer to a balance.
LINK_SCOPE = "sale_collection_portal.open"
CONFIRM_SCOPE = "sale_collection_portal.confirm"
#: Characters of a link that every mail program opens.
MAIL_LENGTH = 2000


class Row(NamedTuple):
    """An open instalment, or credit, as the customer sees it."""

    item: Item
    days_overdue: int
    promised: date | None
    is_disputed: bool
    is_busy: bool
    is_payable: bool
    url: str | None


class Block(NamedTuple):
    """Open instalments that one payment can settle."""

    key: str
    company: models.BaseModel
    currency: models.BaseModel
    rows: list[Row]

    @property
    def balance(self) -> float:
        return sum(row.item.open for row in self.rows)

    @property
    def overdue(self) -> float:
        return sum(row.item.open for row in self.rows if row.days_overdue)

    @property
    def payable(self) -> list[Row]:
        return [row for row in self.rows if row.is_payable]

    @property
    def owed(self) -> list[Row]:
        return [row for row in self.rows if row.item.is_debt and not row.is_busy]


class SaleCollectionProfile(models.Model):
    """The account of a customer as the customer sees it."""

    _inherit = "sale.collection.profile"

    confirmation_text = fields.Char(
        string="Balance asked for",
        compute="_compute_confirmation_text",
        help="What the customer last answered when asked for its balance.",
    )
    confirmed_date = fields.Date(
        string="Balance confirmed as of",
        compute="_compute_confirmation_text",
        help="The last day whose balance the customer agreed to.",
    )
    confirmed_amounts = fields.Char(
        string="Confirmed balance",
        compute="_compute_confirmation_text",
        help="What the customer agreed to owe on that day, by currency.",
    )

    # === WHAT IS OPEN ===#

    @api.model
    def _collect_open_amounts(self, lines):
        """Return {line id: what is open of a debt, in its currency}, without settled.

        :param lines: instalments, in superuser mode
        """
        if not lines:
            return {}
        for model in ("move", "move.line", "partial.reconcile"):
            self.env[f"account.{model}"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT id, residual_currency::float8 FROM (%s) line"
                " WHERE residual_currency > 0",
                open_lines_of_sql(
                    lines.company_id._collection_todays(),
                    SQL("line.id = ANY(%s)", lines.ids),
                ),
            )
        )
        return dict(rows)

    def _collect_portal_blocks(self, contact=None, line_ids=None):
        """Return the open instalments of these customers by what is paid together.

        Works in superuser mode, in a constant number of queries.

        :param contact: a person who sees only what was invoiced to them
        :param line_ids: the only instalments shown
        :return: list of `Block`, one for each company, account and currency
        """
        profiles = self.sudo()
        lines, rows = self.env["account.move.line"].sudo(), []
        for found in profiles._collect_statements().values():
            today = found["date"]
            rows += [(item, today) for item in found["items"]]
        if line_ids is not None:
            rows = [(item, today) for item, today in rows if item.line_id in line_ids]
        rows.sort(key=lambda row: (row[0].due, row[0].line_id))
        lines = lines.browse([item.line_id for item, _today in rows])
        if contact:
            own = lines.filtered(lambda line: line.move_id.partner_id == contact)
            rows = [(item, today) for item, today in rows if item.line_id in own._ids]
            lines = own
        return profiles._group_portal_rows(lines, rows)

    def _group_portal_rows(self, lines, rows):
        busy = self.env["payment.transaction"]._collection_find_busy(lines)
        items = lines._collection_get_open_items().grouped("id")
        none = self.env["sale.collection.open.item"]
        can_pay = lines._collection_is_online_payment_on()
        blocks = {}
        for (item, today), line in zip(rows, lines, strict=True):
            state = items.get(line.id, none)
            row = Row(
                item=item,
                days_overdue=item.days_overdue(today),
                promised=state.date_promised or None,
                is_disputed=bool(state.amount_disputed),
                is_busy=line in busy,
                is_payable=can_pay and item.is_debt and line not in busy,
                url=line.move_id.is_sale_document(True) and line.move_id.access_url,
            )
            key = (line.company_id.root_id, line.currency_id, line.account_id)
            blocks.setdefault(key, []).append(row)
        return [
            Block(
                "-".join(str(record.id) for record in key),
                lines.browse([row.item.line_id for row in own])._collection_get_payee(),
                key[1],
                own,
            )
            for key, own in blocks.items()
        ]

    # === ACCOUNT OF A PERIOD ===#

    def _collect_periods(self, date_from, date_to):
        """Read balances and movements of these customers' accounts.

        The balance of a day is what is open on it in the ledger: documents count from
        their own date, and a match across currencies or customers moves what it
        settles from one to the other.

        :return: {profile id: Period}
        """
        self.check_access("read")
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        for model in ("move", "move.line", "partial.reconcile"):
            self.env[f"account.{model}"].flush_model()
        found = {profile.id: Period({}, []) for profile in self}
        for company, profiles in self.sudo().grouped("company_id").items():
            by_partner = {profile.partner_id.id: profile.id for profile in profiles}
            query = profiles._get_period_query(company, date_from, date_to)
            for partner_id, currency_id, amount, *values in self.env.execute_query(
                query
            ):
                period = found[by_partner[partner_id]]
                if values[0] is None:
                    period.openings[currency_id] = amount
                else:
                    period.movements.append(Movement(*values, currency_id, amount))
        return found

    def _get_period_query(self, company, date_from, date_to):
        """Select balances before the period (without a date), and its movements."""
        return SQL(
            """
            WITH line AS MATERIALIZED (%(lines)s),
            movement AS (
                SELECT line.partner_id, line.currency_id, line.date,
                       CASE WHEN move.move_type IN ('out_invoice', 'out_receipt')
                            THEN 'invoice'
                            WHEN move.move_type = 'out_refund' THEN 'refund'
                            WHEN move.origin_payment_id IS NOT NULL
                              OR move.statement_line_id IS NOT NULL THEN 'payment'
                            ELSE 'entry' END AS kind,
                       move.name AS document, move.ref AS reference,
                       SUM(line.amount_currency) AS amount
                  FROM line
                  JOIN account_move move ON move.id = line.move_id
              GROUP BY line.partner_id, line.currency_id, line.date, move.id
             UNION ALL
                %(debits)s
             UNION ALL
                %(credits)s)
            SELECT partner_id, currency_id, SUM(amount)::float8,
                   NULL::date, NULL, NULL, NULL
              FROM movement WHERE date < %(first)s
          GROUP BY partner_id, currency_id
         UNION ALL
            SELECT partner_id, currency_id, amount::float8,
                   date, kind, document, reference
              FROM movement WHERE date >= %(first)s AND amount <> 0
            """,
            lines=self._get_account_lines_query(company, date_to),
            debits=self._get_transfers_query("debit", "credit", date_to),
            credits=self._get_transfers_query("credit", "debit", date_to),
            first=date_from,
        )

    def _get_account_lines_query(self, company, date_to):
        return SQL(
            """
            SELECT line.id, line.move_id, line.date, line.currency_id,
                   line.amount_currency, contact.commercial_partner_id AS partner_id
              FROM account_move_line line
              JOIN res_partner contact ON contact.id = line.partner_id
             WHERE line.account_id = ANY(%s) AND line.parent_state = 'posted'
               AND line.date <= %s AND line.company_id IN (%s) AND %s
            """,
            RECEIVABLE_ACCOUNTS,
            date_to,
            self._get_companies_sql(company),
            self._get_line_condition(self.partner_id.ids),
        )

    def _get_transfers_query(self, side, other, date_to):
        """Select what matches took from `line` for another currency or customer."""
        return SQL(
            """
            SELECT line.partner_id, line.currency_id, partial.max_date, 'transfer',
                   move.name, NULL, %(sign)s * SUM(partial.%(amount)s)
              FROM line
              JOIN account_partial_reconcile partial ON partial.%(side)s = line.id
              JOIN account_move_line other ON other.id = partial.%(other)s
              JOIN account_move move ON move.id = other.move_id
         LEFT JOIN res_partner contact ON contact.id = other.partner_id
             WHERE partial.max_date <= %(last)s AND other.parent_state = 'posted'
               AND (other.currency_id <> line.currency_id
                    OR contact.commercial_partner_id IS DISTINCT FROM line.partner_id)
          GROUP BY line.partner_id, line.currency_id, partial.max_date, move.id
            """,
            sign=-1 if side == "debit" else 1,
            amount=SQL.identifier(f"{side}_amount_currency"),
            side=SQL.identifier(f"{side}_move_id"),
            other=SQL.identifier(f"{other}_move_id"),
            last=date_to,
        )

    @api.model
    def _round_portal_amount(self, currency_id, amount):
        return self.env["res.currency"].sudo().browse(currency_id).round(amount)

    def _get_balances(self, day):
        """Return {(profile id, currency id): balance of a day}, without settled."""
        return {
            (profile_id, account.currency_id): account.closing
            for profile_id, period in self._collect_periods(day, day).items()
            for account in run_balances([period], self._round_portal_amount)
            if account.closing
        }

    def _get_portal_owner(self):
        """Return who looks into what this customer says: the collector, if any."""
        self.ensure_one()
        controller = self.company_id._collection_get_controller()
        return self.user_id or controller or self.env.ref("base.user_root")

    def _find_thanked(self, contact=None):
        """Return those who were thanked this quarter for paying on time, and still do.

        :param contact: a person who sees only what was invoiced to them: no customer
        """
        profiles = self.sudo()
        proposals = self.env["sale.collection.proposal"].sudo()
        if contact or not profiles:
            return profiles.browse()
        first, last = quarter_bounds(profiles.company_id[:1]._collection_today())
        thanked = proposals.search(
            [
                ("profile_id", "in", profiles.ids),
                ("state", "=", "accepted"),
                ("prompt_count", ">", 0),
                ("decided_on", ">=", first),
                ("decided_on", "<=", last),
            ]
        )
        return thanked.profile_id.filtered("is_prompt")

    # === PLANS OF THE CUSTOMER ===#

    def _get_plan_bounds(self):
        """Return within which bounds a plan of this customer is given at once."""
        profile = self.sudo()
        company = profile.company_id
        grades = company.collection_portal_plan_grade_ids
        return Bounds(
            company.collection_portal_plan_parts,
            company.collection_portal_plan_days,
            company.collection_portal_plan_first,
            not grades or profile.grade_id in grades,
        )

    def _may_ask_for_plan(self, currencies):
        """Tell whether this customer may ask to pay debts of these currencies in parts.

        Promises are in the company's currency: in another one, parts that the customer
        reads would not be those it pays.
        """
        return (
            self._get_plan_bounds().parts >= LEAST_PAYMENTS
            and currencies == self.sudo().company_id.currency_id
        )

    # === FILES ===#

    def _print_portal_statement(self):
        """Print the statements of these customers as of today: (name, content)."""
        files = list(self._render_statement().values())
        if len(files) == 1:
            return files[0]
        return self.env["sale.collection.statement"]._get_archive(files)

    def _print_portal_period(self, date_from, date_to):
        """Print the account of a period, of several customers together."""
        data = {"date_from": date_from, "date_to": date_to, "ids": self.ids}
        content, _kind = (
            self.env["ir.actions.report"]
            .sudo()
            ._render_qweb_pdf(
                "sale_collection_portal.report_account", self[:1].ids, data=data
            )
        )
        return f"{self[:1]._get_statement_name(date_to)}.pdf", content

    def _write_portal_workbook(self, date_from, date_to):
        """Write open items and the account of a period: one workbook a customer."""
        statements = self._collect_statements(date_from=date_from)
        periods = self._collect_periods(date_from, date_to)
        writer = self.env["report.sale_collection.statement_xlsx"]
        files = []
        for profile in self:
            accounts = run_balances([periods[profile.id]], self._round_portal_amount)
            statement = statements[profile.id] | {"accounts": accounts}
            name = f"{profile._get_statement_name()}.xlsx"
            files.append((name, writer._render(profile, statement)))
        if len(files) == 1:
            return files[0]
        return self.env["sale.collection.statement"]._get_archive(files)

    # === MERGE ===#

    def _move_children(self, kept):
        # EXTENDS: of two open questions about one day and currency one stays
        asked = self.env["sale.collection.confirmation"].sudo()
        if self:
            asked = asked.search([("profile_id", "in", (self | kept).ids)])
        asked.is_part = True
        waiting = asked.filtered(lambda one: one.state == "sent")
        for same in waiting.grouped(lambda one: (one.date, one.currency_id)).values():
            first = same.filtered(lambda one: one.profile_id == kept)[:1] or same[:1]
            (same - first).unlink()
        return super()._move_children(kept)

    @api.model
    def _get_touched_steps(self):
        return [*super()._get_touched_steps(), (45, "_renew_merged_questions")]

    def _renew_merged_questions(self, today=None):
        """Ask merged customers for the balance of the whole account."""
        asked = self.env["sale.collection.confirmation"].sudo()
        asked = asked.search(
            [
                ("profile_id", "in", self.ids),
                ("state", "=", "sent"),
                ("is_part", "=", True),
            ]
        )
        for day, same in asked.grouped("date").items():
            same._renew(same.profile_id._get_balances(day))

    # === CONFIRMATION ===#

    @api.depends("partner_id")
    @api.depends_context("lang")
    def _compute_confirmation_text(self):
        confirmations = self.env["sale.collection.confirmation"]
        found = confirmations._find_last(self)
        agreed = confirmations._find_last(self, ("agreed",))
        for profile in self:
            last = found.get(profile.id)
            profile.confirmation_text = last and last._describe()
            confirmed = agreed.get(profile.id, confirmations)
            profile.confirmed_date = confirmed[:1].date
            profile.confirmed_amounts = confirmed._format_amounts()

    def action_open_confirmations(self):
        """Show what this customer was asked, and answered."""
        own = Domain("profile_id", "in", self.ids)
        title = self.env._("Balance confirmations")
        return open_list(title, "sale.collection.confirmation", list(own))

    def _find_reachable(self):
        """Return those of these customers to whom a statement can be mailed."""
        recipients = self._get_role_contacts("finance")
        return self.filtered(lambda profile: recipients[profile].email)

    def _send_statement(self, date_from=None):
        # EXTENDS: a question that could not be sent before goes out with it
        left = super()._send_statement(date_from)
        confirmations = self.env["sale.collection.confirmation"]
        waiting = confirmations._find_waiting(self - left).values()
        unsent = confirmations.union(*waiting).filtered(lambda one: not one.asked_on)
        unsent._note_asked()
        return left

    def _draw_statement_texts(self):
        # EXTENDS: how to pay, and the question about the balance if one is open
        texts = super()._draw_statement_texts()
        asked = self.env["sale.collection.confirmation"]._find_waiting(self)
        statements = self._collect_statements()
        providers = self.env["payment.provider"]._collection_find(self.company_id)
        lines = self.env["account.move.line"]
        if not lines._collection_is_online_payment_on():
            providers = providers.browse()
        for profile in self:
            subject, body = texts[profile.id]
            items = statements[profile.id]["items"]
            links = profile._render_statement_links(
                items, asked.get(profile.id, ()), providers
            )
            texts[profile.id] = (subject, Markup("%s%s") % (body, links))
        return texts

    def _render_statement_links(self, items, waiting, providers):
        """Return the buttons below a statement, in the customer's language.

        :param items: what the statement lists
        :param waiting: questions about the balance
        :param providers: by which customers can pay online
        """
        return (
            self.env["ir.qweb"]
            .with_context(lang=self.sudo().partner_id.lang)
            ._render(
                "sale_collection_portal.statement_mail_links",
                {
                    "pay_link": self._get_statement_link(items),
                    "icons": self._get_statement_icons(items, providers),
                    "waiting": waiting,
                    "confirm_link": waiting and self._get_confirm_link(waiting[0].date),
                },
            )
        )

    def _get_statement_link(self, items):
        """Return where the items of a statement are paid; all if they are too many."""
        lines = self.env["account.move.line"].browse(item.line_id for item in items)
        link = self._get_pay_link(lines)
        return link if len(link) <= MAIL_LENGTH else self._get_pay_link()

    def _get_statement_icons(self, items, providers):
        """Return names and icons of the methods that pay debts of a statement."""
        profile = self.sudo()
        company, country = profile.company_id, profile.partner_id.country_id
        methods = self.env["payment.method"].sudo()
        currencies = {item.currency_id for item in items if item.is_debt}
        for currency in self.env["res.currency"].sudo().browse(currencies):
            own = providers._collection_filter(company, currency, country)
            methods |= own._collection_find_methods(currency, country)
        return providers._collection_get_icons(methods, company.get_base_url())

    def _get_confirm_link(self, day):
        """Return the address where the customer says whether a balance is right."""
        content = {"profile": self.id, "date": day.isoformat()}
        return self._sign_link("confirm", CONFIRM_SCOPE, content)

    # === LINKS WITHOUT LOGIN ===#

    def _get_pay_link(self, lines=None):
        # REPLACES: a signed address that works for the days set in the company
        self.ensure_one()
        content = {"profile": self.id, "lines": None if lines is None else lines.ids}
        return self._sign_link("open", LINK_SCOPE, content)

    def _sign_link(self, page, scope, content):
        """Return the address of a page that shows what is signed here.

        It ends at midnight, and so is the same all day.
        """
        company = self.sudo().company_id
        days = timedelta(days=company.collection_link_days + 1)
        end = datetime.combine(date.today() + days, time())
        token = hash_sign(self.sudo().env, scope, content, expiration=end)
        return f"{company.get_base_url()}/my/statement/{page}/{token}"
