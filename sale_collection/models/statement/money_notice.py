import logging
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from ..core.transaction import CONFLICTS, do_all_or_each

_logger = logging.getLogger(__name__)

# Money dated longer ago comes from an import: it is no news.
NEWS_DAYS = 30
# Only money booked within this time is looked for.
LOOK_BACK = timedelta(days=1)
# At least this long between two messages about the same customer.
PAUSE = timedelta(hours=1)
BATCH = 50


class SaleCollectionMoneyNotice(models.Model):
    """Money received from one customer and reported in one message.

    The money is found in the receipt ledger. It is reported once, and each customer is
    reported at most once an hour. Money that is in the ledger at installation and old
    money that is imported are not reported.
    """

    _name = "sale.collection.money.notice"
    _description = "Message of money received"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
    _order = "id desc"
    _rec_name = "profile_id"

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(related="profile_id.partner_id")
    receipt_ids = fields.Many2many(
        "sale.collection.receipt", string="Money collected", readonly=True
    )
    amount = fields.Monetary(compute="_compute_amount", store=True)
    invoice_names = fields.Char(compute="_compute_invoice_names")

    @api.depends("receipt_ids")
    def _compute_amount(self):
        for notice in self:
            notice.amount = sum(notice.receipt_ids.mapped("amount"))

    @api.depends("receipt_ids")
    def _compute_invoice_names(self):
        for notice in self.sudo():
            names = notice.receipt_ids.move_id.sorted("id").mapped("name")
            notice.invoice_names = ", ".join(names)

    # === ENTRY POINTS ===#

    @api.model
    def _wake(self):
        """Trigger the scheduled action if there is money to report."""
        cron = self.env.ref(
            "sale_collection.cron_money_notice", raise_if_not_found=False
        )
        if not cron or not self._find_untold(limit=1):
            return
        pending = self.env["ir.cron.trigger"].sudo()
        if not pending.search_count([("cron_id", "=", cron.id)], limit=1):
            cron.sudo()._trigger()

    @api.model
    def _cron_tell(self):
        """Report new money; a customer that fails does not stop the others."""
        due, later = self._collect_due()
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(due))
        for batch in split_every(BATCH, due.items(), dict):
            if not self._tell_safely(batch):
                later.append(fields.Datetime.now() + PAUSE)
            if not Cron._commit_progress(len(batch)):
                break
        if later:
            self.env.ref("sale_collection.cron_money_notice")._trigger(at=min(later))

    @api.model
    def _tell(self, due):
        """Create and send the messages of money received.

        :param dict due: {profile: receipts}
        :return: the notices
        """
        notices = self.create(
            [
                {"profile_id": profile.id, "receipt_ids": receipts.ids}
                for profile, receipts in due.items()
            ]
        )
        notices._on_told()
        return notices

    def _on_told(self):
        """Send what follows from money received; consumers add to it."""
        self.filtered("company_id.collection_money_notice")._notify_reps()

    @api.model
    def _tell_safely(self, due):
        """Report money; a customer that fails does not stop the others.

        :param dict due: {profile: receipts}
        :return: False where another session is at work on them: report them later
        """

        def tell(pairs):
            return self._tell(dict(pairs))

        def log(pairs, error):
            _logger.error("Money not told of: %s", dict(pairs), exc_info=error)

        try:
            do_all_or_each(self.env, [*due.items()], tell, log)
        except CONFLICTS:
            _logger.info("Another session is at the money of %s customers", len(due))
            return False
        return True

    @api.model
    def _skip_present(self):
        """Mark all money now in the ledger as reported."""
        for profile, receipts in self._group_by_profile(self._find_untold()).items():
            self.create({"profile_id": profile.id, "receipt_ids": receipts.ids})

    # === MESSAGE ===#

    def _notify_reps(self):
        """Send a message to collectors and salespeople, each in their language."""
        promises = self._collect_promises()
        notices = self.sudo().with_context(mail_notify_force_send=False)
        readers = {notice: notice._get_readers() for notice in notices}
        langs = {user.lang for users in readers.values() for user in users}
        extras = {lang: self.with_context(lang=lang)._get_extra() for lang in langs}
        for notice in notices:
            for user, receipts in readers[notice].items():
                owns = receipts == notice.receipt_ids
                extra = extras[user.lang]
                notice._notify(
                    user,
                    {
                        "rows": notice._get_rows(receipts),
                        "amount": sum(receipts.mapped("amount")),
                        "promises": promises[notice.partner_id] if owns else (),
                        "extra": extra.get(notice, ()) if owns else (),
                        "profile": notice.profile_id if owns else None,
                    },
                )

    def _notify(self, user, values):
        """Send one message to one user."""
        self = self.with_context(lang=user.lang)
        values = {**values, "notice": self}
        body = self.env["ir.qweb"]._render(
            "sale_collection.money_notice_message", values
        )
        target = self.profile_id if values["profile"] else self.env["mail.thread"]
        target.message_notify(
            subject=self.env._(
                "%(customer)s paid %(amount)s",
                customer=self.partner_id.name,
                amount=self.currency_id.format(values["amount"]),
            ),
            body=body,
            partner_ids=user.partner_id.ids,
            email_layout_xmlid="sale_collection.mail_layout",
        )

    def _get_readers(self):
        """Return {user: receipts to report to them}.

        Collector and salesperson of the customer get all receipts, the salesperson of
        a paid invoice only the receipts of that invoice.
        """
        self.ensure_one()
        owners = self.profile_id.user_id | self.partner_id.user_id
        readers = {
            user: rows
            for user, rows in self.receipt_ids.grouped("user_id").items()
            if user
        } | dict.fromkeys(owners, self.receipt_ids)
        return {
            user: rows
            for user, rows in readers.items()
            if user.active and user.has_group("sale_collection.group_user")
        }

    def _get_rows(self, receipts):
        """Return one row for each invoice: what was paid, how late, what is left."""
        return [
            {"invoice": move, "text": ", ".join(self._describe_paid(rows))}
            for move, rows in receipts.grouped("move_id").items()
        ]

    def _describe_paid(self, receipts):
        """Yield what was paid of one invoice in words: how much, how late, what not."""
        currency = receipts[0].currency_id
        yield currency._collection_format(sum(receipts.mapped("amount_currency")))
        days = max(receipts.mapped("days_late"))
        if days > 0:
            yield self.env._("%(days)s days late", days=days)
        else:
            yield self.env._("on time")
        left = sum(receipts.line_id.mapped("collection_residual_currency"))
        if left > 0:
            yield self.env._(
                "%(amount)s of it still open", amount=currency._collection_format(left)
            )

    def _get_extra(self):
        """Return {notice: further sentences for the message}; consumers add theirs.

        In the language of the environment, that of a reader.
        """
        return {}

    # === COLLECT ===#

    @api.model
    def _find_untold(self, limit=None):
        """Return the receipts of the last day that are not reported yet."""
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT receipt.id
                  FROM sale_collection_receipt receipt
                 WHERE receipt.kind = 'cash'
                   AND receipt.amount > 0
                   AND receipt.reversal_of_id IS NULL
                   AND receipt.booked_at > %(since)s
                   AND receipt.date > %(news)s
                   AND receipt.partner_id IS NOT NULL
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_receipt undone
                        WHERE undone.reversal_of_id = receipt.id)
                   AND NOT EXISTS (
                       SELECT FROM %(told)s told
                        WHERE told.%(told_receipt)s = receipt.id)
              ORDER BY receipt.id
                 LIMIT %(limit)s
                """,
                since=now - LOOK_BACK,
                news=now.date() - timedelta(NEWS_DAYS),
                told=SQL.identifier(self._fields["receipt_ids"].relation),
                told_receipt=SQL.identifier(self._fields["receipt_ids"].column2),
                limit=limit,
            )
        )
        return self.env["sale.collection.receipt"].browse(row[0] for row in rows)

    @api.model
    def _collect_due(self):
        """Return {profile: receipts} to report now, and the times for the others."""
        wanted = self._group_by_profile(self._find_untold())
        wanted = {
            profile: receipts
            for profile, receipts in wanted.items()
            if profile.company_id._collection_tells_of_money()
        }
        since = fields.Datetime.now() - PAUSE
        told = dict(
            self._read_group(
                [
                    ("profile_id", "in", [profile.id for profile in wanted]),
                    ("create_date", ">", since),
                ],
                ["profile_id"],
                ["create_date:max"],
            )
        )
        due = {
            profile: receipts
            for profile, receipts in wanted.items()
            if profile not in told
        }
        return due, [moment + PAUSE for moment in told.values()]

    @api.model
    def _group_by_profile(self, receipts):
        """Return {profile: receipts}, with the profile of each receipt's company."""
        found = {}
        for company, rows in receipts.grouped("company_id").items():
            profiles = self.env["sale.collection.profile"].sudo().with_company(company)
            by_partner = rows.grouped("partner_id")
            for profile in profiles._for(rows.partner_id):
                known = found.get(profile, receipts.browse())
                found[profile] = known | by_partner[profile.partner_id]
        return found

    def _collect_promises(self):
        """Return {customer: promises whose invoices this money paid}."""
        parts = self.env["sale.collection.promise.allocation"].search(
            [
                ("line_ref", "in", self.receipt_ids.mapped("line_ref")),
                ("promise_id.state", "in", ("open", "kept", "partial")),
            ]
        )
        found = defaultdict(self.env["sale.collection.promise"].browse)
        for part in parts:
            found[part.promise_id.partner_id] |= part.promise_id
        return found

    # === CLEANING ===#

    @api.autovacuum
    def _gc_notices(self):
        limit = fields.Datetime.now() - timedelta(90)
        self.search([("create_date", "<", limit)]).unlink()
