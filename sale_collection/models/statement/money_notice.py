import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

# Money dated longer ago comes from an import: it is no news.
NEWS_DAYS = 30
# Money booked longer ago than this has been told of or is not to be.
LOOK_BACK = timedelta(days=1)
# Who has just been told of a customer waits that long for what comes next.
PAUSE = timedelta(hours=1)
BATCH = 50


class SaleCollectionMoneyNotice(models.Model):
    """Money of one customer that came in and was told of: once, and hourly at most.

    Found in the receipt ledger, whoever booked it. What an installation finds in the
    books is no news, nor is old money that is imported.
    """

    _name = "sale.collection.money.notice"
    _description = "Message of money received"
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
        """Have money that is news told of, once the figures are fresh."""
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
        """Tell of new money, customer by customer; one that fails stops nobody."""
        due, later = self._collect_due()
        Cron = self.env["ir.cron"]
        Cron._commit_progress(remaining=len(due))
        for batch in split_every(BATCH, due.items(), dict):
            self._tell_safely(batch)
            if not Cron._commit_progress(len(batch)):
                break
        if later:
            self.env.ref("sale_collection.cron_money_notice")._trigger(at=min(later))

    @api.model
    def _tell(self, due):
        """Record, and tell of, money of customers.

        :param dict due: {profile: receipts}
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
        """Tell the people of these customers what has come in."""
        self.filtered("company_id.collection_money_notice")._notify_reps()

    @api.model
    def _tell_safely(self, due):
        """Tell of all at once; where that fails, of each customer by itself."""
        try:
            with self.env.cr.savepoint():
                self._tell(due)
        except Exception:
            if len(due) == 1:
                _logger.exception("Money not told of: %s", due)
                return
            for profile, receipts in due.items():
                self._tell_safely({profile: receipts})

    @api.model
    def _skip_present(self):
        """Take what is in the ledger now for told: an installation is no news."""
        for profile, receipts in self._group(self._find_untold()).items():
            self.create({"profile_id": profile.id, "receipt_ids": receipts.ids})

    # === COLLECT ===#

    @api.model
    def _find_untold(self, limit=None):
        """Return the money of the last day that nobody was told of yet."""
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
        """Return {profile: receipts} to tell of now, and the times for the others."""
        wanted = self._group(self._find_untold())
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
    def _group(self, receipts):
        """Return {profile: receipts}."""
        found = {}
        for company, rows in receipts.grouped("company_id").items():
            profiles = self.env["sale.collection.profile"].sudo().with_company(company)
            by_partner = rows.grouped("partner_id")
            for profile in profiles._for(rows.partner_id):
                known = found.get(profile, receipts.browse())
                found[profile] = known | by_partner[profile.partner_id]
        return found

    # === CLEANING ===#

    @api.autovacuum
    def _gc_notices(self):
        limit = fields.Datetime.now() - timedelta(90)
        self.search([("create_date", "<", limit)]).unlink()
