from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL, format_date

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql
from odoo.addons.sale_collection.models.core.sql import branches_sql

from ..tools.limitation import Restart, find_latest_due, is_near, run_clock

RESTARTS = [
    ("payment", "Part payment"),
    ("promise", "Promise in writing"),
    ("balance", "Balance confirmed"),
]
ACTIVITY = "sale_collection_legal.activity_limitation"


class SaleCollectionLimitation(models.Model):
    """Until when an old debt can be claimed in court, and what proves that day.

    A projection of the ledger: one row for each open instalment that could be lost
    within a year if the customer had done nothing. Amounts in company currency.
    """

    _name = "sale.collection.limitation"
    _description = "Limitation of a debt"
    _inherit = ["sale.collection.code.written", "sale.collection.titled"]
    _order = "last_day, id"
    _rec_name = "move_id"

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        related="profile_id.partner_id", string="Customer", store=True, index=True
    )
    company_id = fields.Many2one(
        related="profile_id.company_id", store=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    collector_id = fields.Many2one(related="profile_id.user_id", string="Collector")
    line_id = fields.Many2one(
        "account.move.line",
        string="Instalment",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(
        related="line_id.move_id", string="Invoice", store=True, index=True
    )
    date_due = fields.Date(string="Due date", readonly=True)
    amount = fields.Monetary(string="Open", readonly=True)
    last_day = fields.Date(
        string="Last day",
        readonly=True,
        index=True,
        help="The last day on which the debt can be claimed in court.",
    )
    days_left = fields.Integer(
        string="Days left",
        compute="_compute_days_left",
        help="Negative once the debt is lost.",
    )
    restart = fields.Selection(RESTARTS, string="Restarted by", readonly=True)
    restart_day = fields.Date(string="Restarted on", readonly=True)
    proof_model = fields.Char(readonly=True, export_string_translation=False)
    proof_id = fields.Many2oneReference(
        model_field="proof_model", readonly=True, export_string_translation=False
    )
    is_in_court = fields.Boolean(
        string="In court", readonly=True, help="Claimed in time: nobody is warned."
    )
    # A restart moves the last day: then people are warned of the new one.
    warned_of = fields.Date(readonly=True, export_string_translation=False)

    _line_unique = models.Constraint("UNIQUE (line_id)", "A debt has one clock.")

    @api.depends("last_day")
    def _compute_days_left(self):
        for company, own in self.grouped("company_id").items():
            today = company._collection_today() if company else fields.Date.today()
            for row in own:
                row.days_left = (row.last_day - today).days if row.last_day else 0

    # === COLLECT ===#

    @api.model
    def _collect_debts(self, company, today, latest, partner_ids):
        """Return {instalment id: values} of the open debts due until a day."""
        profiles = self.env["sale.collection.profile"]
        self.env["account.move.line"]._flush_open()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, profile.id, line.date_due, line.residual,
                       EXISTS (SELECT FROM sale_collection_handover_line part
                                 JOIN sale_collection_handover handover
                                   ON handover.id = part.handover_id
                                WHERE part.line_id = line.id
                                  AND handover.state IN ('handed', 'won')
                                  AND handover.kind = 'court')
                  FROM (%(lines)s) line
                  JOIN res_partner customer ON customer.id = line.partner_id
                  JOIN sale_collection_profile profile
                    ON profile.partner_id = customer.commercial_partner_id
                   AND profile.company_id = %(company)s
                 WHERE line.residual > 0
                """,
                lines=open_lines_sql(
                    company,
                    today,
                    SQL(
                        "line.balance > 0 AND COALESCE(line.date_maturity, line.date)"
                        " <= %s AND %s",
                        latest,
                        profiles._get_line_condition(partner_ids),
                    ),
                ),
                company=company.id,
            )
        )
        return {
            line_id: {
                "profile_id": profile_id,
                "date_due": due,
                "amount": company.currency_id.round(float(amount)),
                "is_in_court": is_in_court,
            }
            for line_id, profile_id, due, amount, is_in_court in rows
        }

    @api.model
    def _collect_restarts(self, company, today, line_ids):
        """Return {instalment id: [Restart]} of what customers did until a day."""
        found = defaultdict(list)
        query = SQL(
            """SELECT line_id, day, kind, proof_model, proof_id FROM (%s) restart
                WHERE line_id = ANY(%s) AND day <= %s""",
            self._get_restarts_sql(company),
            list(line_ids),
            today,
        )
        for line_id, day, kind, *proof in self.env.execute_query(query):
            found[line_id].append(Restart(day, kind, tuple(proof)))
        return found

    @api.model
    def _get_restarts_sql(self, company):
        """Select `line_id`, `day`, `kind`, `proof_model` and `proof_id` of restarts.

        :param company: root company; its branches count too
        """
        return SQL(
            "%s UNION ALL %s UNION ALL %s",
            self._get_paid_sql(company),
            self._get_promised_sql(company),
            self._get_acknowledged_sql(company),
        )

    @api.model
    def _get_paid_sql(self, company):
        """Select money of the customer that was not undone."""
        return SQL(
            """
            SELECT receipt.line_ref AS line_id, receipt.date AS day,
                   'payment' AS kind, 'sale.collection.receipt' AS proof_model,
                   receipt.id AS proof_id
              FROM sale_collection_receipt receipt
             WHERE receipt.kind = 'cash'
               AND receipt.amount > 0
               AND receipt.reversal_of_id IS NULL
               AND receipt.company_id IN (%s)
               AND NOT EXISTS (SELECT FROM sale_collection_receipt undone
                                WHERE undone.reversal_of_id = receipt.id)
            """,
            branches_sql(company),
        )

    @api.model
    def _get_promised_sql(self, company):
        """Select what customers promised in writing, from the day they did."""
        return SQL(
            """
            SELECT part.line_ref AS line_id, promise.made_on AS day,
                   'promise' AS kind, 'sale.collection.promise' AS proof_model,
                   promise.id AS proof_id
              FROM sale_collection_promise promise
              JOIN sale_collection_promise_allocation part
                ON part.promise_id = promise.id
             WHERE promise.state <> 'draft'
               AND %s
               AND promise.company_id = %s
            """,
            self._get_written_condition(),
            company.id,
        )

    @api.model
    def _get_written_condition(self):
        """Return the condition that the row `promise` is in the customer's writing."""
        return SQL("(promise.is_signed OR promise.signed_on IS NOT NULL)")

    @api.model
    def _get_acknowledged_sql(self, company):
        """Select the debts in balances that customers acknowledged."""
        return SQL(
            """
            SELECT line_id, day, 'balance' AS kind, proof_model, proof_id
              FROM (%s) acknowledged
            """,
            self.env["sale.collection.acknowledgement"]._get_sql(company),
        )

    # === DECIDE AND APPLY ===#

    @api.model
    def _refresh(self, company, today, partner_ids=None):
        """Bring the rows in line with the ledger; the second time changes nothing.

        :param company: root company
        :param partner_ids: commercial partners; all when None
        """
        rule = self.env["sale.collection.limitation.rule"]._find_rule(company)
        debts = {}
        if rule:
            latest = find_latest_due(today, rule.years)
            debts = self._collect_debts(company, today, latest, partner_ids)
        wanted = self._prepare_rows(company, today, rule, debts)
        domain = [("company_id", "=", company.id)]
        if partner_ids is not None:
            # A debt may have been another customer's so far.
            domain += [
                "|",
                ("partner_id", "in", list(partner_ids)),
                ("line_id", "in", list(wanted)),
            ]
        known = self.sudo().search(domain)
        known.filtered(lambda row: row.line_id.id not in wanted).unlink()
        for row in known.exists():
            row._write_differences(wanted.pop(row.line_id.id))
        self.sudo().create(
            [{"line_id": line_id, **values} for line_id, values in wanted.items()]
        )

    @api.model
    def _prepare_rows(self, company, today, rule, debts):
        """Return {instalment id: values of its row}."""
        restarts = self._collect_restarts(company, today, debts) if debts else {}
        rows = {}
        for line_id, values in debts.items():
            given = restarts.get(line_id, ())
            clock = run_clock(values["date_due"], rule.years, rule.start, given)
            last = clock.restart
            rows[line_id] = {
                **values,
                "last_day": clock.last_day,
                "restart": last.kind if last else False,
                "restart_day": last.day if last else False,
                "proof_model": last.proof[0] if last else False,
                "proof_id": last.proof[1] if last else False,
            }
        return rows

    def _write_differences(self, values):
        """Write those of the values that differ."""
        self.ensure_one()
        changed = {
            name: value
            for name, value in values.items()
            if (self[name].id if name == "profile_id" else self[name] or False) != value
        }
        if changed:
            self.write(changed)

    # === WARN ===#

    @api.model
    def _find_unwarned(self, company, today):
        """Return the rows whose end is near and of which nobody was told."""
        rows = self.sudo().search(
            [("company_id", "=", company.id), ("is_in_court", "=", False)]
        )
        return rows.filtered(
            lambda row: is_near(row.last_day, today) and row.warned_of != row.last_day
        )

    def _warn(self, today):
        """Tell collectors, once for each last day: one activity a customer.

        :return: number of debts people were told of
        """
        told = self.browse()
        for profile, rows in self.grouped("profile_id").items():
            user = profile._find_reader()
            if not user:
                continue
            words = rows.with_context(lang=user.lang)
            profile.with_context(lang=user.lang).activity_schedule(
                ACTIVITY,
                date_deadline=today,
                user_id=user.id,
                note=words._describe_ends(),
            )
            told |= rows
        for day, rows in told.grouped("last_day").items():
            rows.warned_of = day
        return len(told)

    def _describe_ends(self):
        return "; ".join(
            self.env._(
                "%(invoice)s, %(amount)s: until %(day)s",
                invoice=row.move_id.name,
                amount=row.currency_id.format(row.amount),
                day=format_date(self.env, row.last_day),
            )
            for row in self.sorted("last_day")
        )

    # === ACTIONS ===#

    def action_open_proof(self):
        """Open what the customer did that restarted the period."""
        self.ensure_one()
        self.check_access("read")
        if not self.proof_id:
            return False
        return self.env[self.proof_model].browse(self.proof_id)._get_records_action()

    def action_open_profile(self):
        """Open the customer: what was said and done about the debt."""
        self.ensure_one()
        return self.profile_id._get_records_action()

    def action_hand_over(self):
        """Prepare the hand-over of these debts to an agency or a court."""
        self.check_access("read")
        return self.env["sale.collection.handover"]._open_new(self.sudo().line_id)
