from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ...models.core.sql import root_company_sql
from ..grade.decision import Describer, Part

# Money is back-dated when it was entered more than so many days after its day.
BACK_DATED_DAYS = 7
# What entries say that settle debts.
ENTRY_COLUMNS = {
    "partner_id": SQL("own.partner_id"),
    "company_id": SQL("own.company_id"),
    "date": SQL("own.date"),
    "decided_on": SQL("own.entered"),
    "amount": SQL("own.amount"),
    "user_id": SQL("own.create_uid"),
    "state": SQL("'accepted'"),
    "document": SQL("own.name"),
    "note": SQL("own.ref"),
    "res_model": SQL("'account.move'"),
    "res_id": SQL("own.entry_id"),
}


class SaleCollectionDecision(models.Model):
    """What was decided on the debts of customers and on the money for them.

    Disputes accepted, rests written off, due dates moved, money entered late.
    """

    _inherit = "sale.collection.decision"
    _depends = {
        "account.move": ["ref", "state"],
        "sale.collection.dispute": [
            "amount",
            "company_id",
            "date",
            "date_closed",
            "profile_id",
            "state",
        ],
        "sale.collection.extension": [
            "amount",
            "company_id",
            "date",
            "decided_by_id",
            "decided_on",
            "new_date",
            "old_date",
            "origin_id",
            "partner_id",
            "reason",
            "state",
            "user_id",
        ],
        "sale.collection.receipt": ["amount", "company_id", "date", "kind"],
        "sale.collection.write.off": [
            "decided_by_id",
            "entry_id",
            "kind",
            "note",
            "reason_id",
            "user_id",
        ],
    }

    kind = fields.Selection(
        selection_add=[
            ("dispute", "Dispute accepted"),
            ("write_off", "Written off"),
            ("due_date", "Due date moved"),
            ("back_dated", "Back-dated money"),
        ]
    )

    @api.model
    def _get_parts(self):
        # EXTENDS with what was decided on debts and money
        return {
            **super()._get_parts(),
            "dispute": self._get_dispute_part(),
            "write_off": self._get_write_off_part(),
            "due_date": self._get_due_date_part(),
            "back_dated": self._get_back_dated_part(),
        }

    @api.model
    def _get_dispute_part(self):
        """Return accepted disputes, with who accepted them by their history."""
        model = "sale.collection.dispute"
        columns = {
            **self._get_profile_columns(model),
            "date": SQL("own.date"),
            "decided_on": SQL("own.date_closed"),
            "amount": SQL("own.amount"),
            "user_id": SQL(
                """SELECT message.create_uid
                     FROM mail_message message
                     JOIN mail_tracking_value change
                       ON change.mail_message_id = message.id
                      AND change.field_id = %s
                    WHERE message.model = %s AND message.res_id = own.id
                 ORDER BY message.id DESC LIMIT 1""",
                self._get_field_id(model, "state"),
                model,
            ),
            "asked_by_id": SQL("own.create_uid"),
            "note": SQL("own.note"),
            "state": SQL("own.state"),
        }
        accepted = SQL("own.state = 'accepted'")
        return Part(6, columns, self._get_profile_source(model, accepted))

    @api.model
    def _get_write_off_part(self):
        """Return what entries wrote off, whether somebody was asked or not."""
        columns = {
            **ENTRY_COLUMNS,
            "user_id": SQL("COALESCE(request.decided_by_id, own.create_uid)"),
            # Whoever registered the payment and dropped a small rest asked nobody.
            "asked_by_id": SQL("NULLIF(request.user_id, request.decided_by_id)"),
            "note": SQL(
                """COALESCE(NULLIF(CONCAT_WS(': ', %s, %s, NULLIF(request.note, '')),
                                   ''), own.ref)""",
                self._get_write_off_kind(),
                self.env["sale.collection.reason"]._field_to_sql("reason", "name"),
            ),
        }
        source = SQL(
            """%s LEFT JOIN sale_collection_write_off request
                    ON request.entry_id = own.entry_id
            LEFT JOIN sale_collection_reason reason ON reason.id = request.reason_id""",
            self._get_entry_source("write_off"),
        )
        return Part(7, columns, source)

    @api.model
    def _get_write_off_kind(self):
        """Return SQL of the kind of `request` in words."""
        kind = self.env["sale.collection.write.off"]._fields["kind"]
        return SQL(
            "CASE request.kind %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", code, label)
                for code, label in kind._description_selection(self.env)
            ),
        )

    @api.model
    def _get_due_date_part(self):
        """Return extensions: asked for, and due dates moved without asking."""
        columns = {
            "profile_id": SQL("profile.id"),
            "partner_id": SQL("own.partner_id"),
            "company_id": SQL("own.company_id"),
            "date": SQL("own.date"),
            # A date that was moved is decided by whoever moved it, until approved.
            "decided_on": SQL(
                """COALESCE(own.decided_on,
                            CASE own.state WHEN 'unapproved' THEN own.date END)"""
            ),
            "amount": SQL("own.amount"),
            "user_id": SQL(
                """COALESCE(own.decided_by_id,
                            CASE own.state WHEN 'unapproved' THEN own.user_id END)"""
            ),
            "asked_by_id": SQL(
                """CASE WHEN own.state <> 'unapproved' THEN own.user_id END"""
            ),
            "state": SQL(
                """CASE WHEN own.state IN ('requested', 'unapproved') THEN 'open'
                        WHEN own.state = 'approved' THEN 'accepted'
                        ELSE own.state END"""
            ),
            "document": SQL("move.name"),
            "note": SQL("own.reason"),
            "res_model": SQL("'sale.collection.extension'"),
            "res_id": SQL("own.id"),
        }
        source = SQL(
            """sale_collection_extension own
          LEFT JOIN account_move move ON move.id = own.move_id
               JOIN res_company company ON company.id = own.company_id
          LEFT JOIN sale_collection_profile profile
                 ON profile.partner_id = own.partner_id
                AND profile.company_id = %s
              WHERE own.origin_id IS NULL""",
            root_company_sql(),
        )
        return Part(4, columns, source)

    @api.model
    def _get_back_dated_part(self):
        """Return money that was entered more than a week after its day."""
        # The first of them is quick and leaves few rows to the zone of the company.
        late = SQL(
            "entry.create_date::date >= receipt.date + %(days)s"
            " AND %(entered)s > receipt.date + %(days)s",
            days=BACK_DATED_DAYS,
            entered=self._get_entry_day(),
        )
        return Part(5, ENTRY_COLUMNS, self._get_entry_source("cash", late))

    @api.model
    def _get_entry_day(self):
        return self._get_day(SQL("entry.create_date"), SQL("receipt.company_id"))

    @api.model
    def _get_entry_source(self, kind, condition=SQL("TRUE")):  # noqa: B008
        """Return the FROM clause of entries that settle debts of a customer.

        As `own`: what they settle, the day of the money, who entered it and when.

        :param str kind: of the rows of the ledger
        :param SQL condition: on `receipt` and its `entry`
        """
        return SQL(
            """(SELECT MIN(receipt.id) AS id, receipt.partner_id, receipt.date,
                       receipt.company_id, SUM(receipt.amount) AS amount,
                       entry.id AS entry_id, entry.name, entry.ref, entry.create_uid,
                       %(entered)s AS entered
                  FROM sale_collection_receipt receipt
                  JOIN account_move_line paid
                    ON paid.id = receipt.counterpart_line_id
                  JOIN account_move entry ON entry.id = paid.move_id
                 WHERE receipt.kind = %(kind)s AND %(condition)s
              GROUP BY receipt.partner_id, receipt.date, receipt.company_id, entry.id
                HAVING SUM(receipt.amount) <> 0) own""",
            entered=self._get_entry_day(),
            kind=kind,
            condition=condition,
        )

    @api.model
    def _get_describers(self):
        return {
            **super()._get_describers(),
            "dispute": Describer(
                "sale.collection.dispute", lambda dispute: dispute.reason_id.name
            ),
            "write_off": Describer(
                "sale.collection.receipt",
                lambda row: self.env._(
                    "Rest of %(invoice)s", invoice=row.move_id.name or "-"
                ),
            ),
            "due_date": Describer("sale.collection.extension", self._describe_due_date),
            "back_dated": Describer(
                "sale.collection.receipt", self._describe_back_dated
            ),
        }

    def _describe_due_date(self, extension):
        """Return both dates, and what it means for the customer's grade."""
        days = [extension.old_date, extension.new_date]
        dates = " → ".join(format_date(self.env, day) for day in days)
        if extension.state == "unapproved":
            return self.env._("%(dates)s, not approved", dates=dates)
        if extension.as_due_date:
            return self.env._("%(dates)s, as the due date", dates=dates)
        return dates

    def _describe_back_dated(self, row):
        entry = row.counterpart_line_id.move_id
        return self.env._(
            "Money of %(day)s, entered on %(entered)s",
            day=format_date(self.env, row.date),
            entered=format_date(self.env, entry.create_date),
        )

    # === ACTIONS ===#

    def action_accept(self):
        # EXTENDS with due dates
        res = super().action_accept()
        extensions = self._get_records("due_date")
        return extensions.action_approve() if extensions else res

    def action_reject(self):
        # EXTENDS with due dates, that are rejected with a reason
        res = super().action_reject()
        extensions = self._get_records("due_date")
        return extensions.action_ask_why() if extensions else res
