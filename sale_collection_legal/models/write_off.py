from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql

BAD_DEBT = "bad_debt"
RECOVERY = "sale_collection_legal.activity_recovery"
DECIDERS = ("sale_collection.group_credit_controller", "account.group_account_invoice")


class SaleCollectionWriteOff(models.Model):
    """A bad debt is written off by two people, and reopened when money comes."""

    _inherit = "sale.collection.write.off"

    kind = fields.Selection(
        selection_add=[(BAD_DEBT, "Bad debt")], ondelete={BAD_DEBT: "set null"}
    )
    state = fields.Selection(
        selection_add=[("reopened", "Reopened")],
        ondelete={"reopened": lambda requests: requests.write({"state": "approved"})},
    )
    amount_came = fields.Monetary(
        string="Money came",
        readonly=True,
        help="Money of the customer that settles nothing yet: reopen the debt.",
    )
    amount_recovered = fields.Monetary(string="Recovered", readonly=True)

    # === ASK ===#

    @api.model
    def _ask_bad_debts(self, lines, why):
        """Ask to write off what is open of instalments, where nobody has asked yet.

        :param lines: in superuser mode
        :return: action that opens the requests
        :raise UserError: nothing is left to ask for
        """
        asked = self.sudo().search(
            [("line_id", "in", lines.ids), ("state", "=", "requested")]
        )
        open_lines = lines.filtered(lambda line: line.collection_residual > 0)
        requests = self.create(
            [
                {"line_id": line.id, "kind": BAD_DEBT, "note": why}
                for line in open_lines - asked.line_id
            ]
        )
        found = requests | asked.sudo(False)
        if not found:
            raise UserError(self.env._("Nothing of it is open any more."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.write_off_action"
        )
        return {**action, "domain": [("id", "in", found.ids)]}

    @api.model
    def _check_asked(self, line, vals):
        # EXTENDS: a bad debt is no small rest
        if vals.get("kind") != BAD_DEBT:
            return super()._check_asked(line, vals)
        if not (vals.get("note") or "").strip():
            raise UserError(self.env._("Why: say why the debt is lost."))
        today = line.company_id.root_id._collection_today()
        due = line.date_maturity or line.date
        is_debt = line.account_type == "asset_receivable" and line.balance > 0
        if not is_debt or line.collection_residual <= 0 or due >= today:
            raise UserError(
                self.env._(
                    "%(invoice)s: only what is open and overdue is a bad debt.",
                    invoice=line.move_id.display_name,
                )
            )
        return None

    def write(self, vals):
        if "kind" in vals and not self.env.su:
            kinds = {vals["kind"], *self.mapped("kind")}
            if BAD_DEBT in kinds and len(kinds) > 1:
                raise UserError(
                    self.env._(
                        "Kind: a bad debt and a small rest are approved differently. "
                        "Reject this request and ask anew."
                    )
                )
        return super().write(vals)

    # === APPROVE ===#

    def _check_may_decide(self):
        # EXTENDS: a bad debt always takes two people
        bad = self.filtered(lambda one: one.kind == BAD_DEBT)
        if any(self.env.user in one.user_id | one.create_uid for one in bad):
            raise AccessError(
                self.env._(
                    "You asked to write this bad debt off yourself. It takes a second "
                    "person to approve it."
                )
            )
        return super()._check_may_decide()

    def _get_account(self):
        # EXTENDS
        own = self.company_id.collection_bad_debt_account_id
        if self.kind == BAD_DEBT and own:
            return self.account_id or own
        return super()._get_account()

    # === REOPEN ===#

    @api.model
    def _propose_reopening(self, profiles, company, today):
        """Note what money of customers with written-off debts settles nothing yet.

        The oldest write-off is proposed first, none for more than it dropped.

        :param profiles: of one root company, in superuser mode
        """
        requests = self.sudo().search(
            [
                ("profile_id", "in", profiles.ids),
                ("kind", "=", BAD_DEBT),
                ("state", "=", "approved"),
            ],
            order="decided_on, id",
        )
        if not requests:
            return
        money = requests._collect_free_money(company, today)
        for request in requests:
            left = money.get(request.partner_id.id, 0.0)
            came = company.currency_id.round(min(left, request.amount))
            money[request.partner_id.id] = left - came
            request._note_money(came)

    def _collect_free_money(self, company, today):
        """Return {customer id: money that is matched with nothing}."""
        self.env["account.move.line"]._flush_open()
        profiles = self.env["sale.collection.profile"]
        condition = profiles._get_line_condition(self.partner_id.ids)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT customer.commercial_partner_id, -SUM(line.residual)
                  FROM (%s) line
                  JOIN res_partner customer ON customer.id = line.partner_id
                 WHERE line.residual < 0
              GROUP BY customer.commercial_partner_id
                """,
                open_lines_sql(company, today, condition),
            )
        )
        return {partner_id: float(amount) for partner_id, amount in rows}

    def _note_money(self, came):
        """Write what came where it differs, and tell whoever approved the write-off."""
        self.ensure_one()
        if not self.currency_id.compare_amounts(came, self.amount_came):
            return
        self.amount_came = came
        self.activity_unlink([RECOVERY])
        if came:
            controller = self.company_id._collection_get_controller()
            user = controller or self.decided_by_id
            env = self.with_context(lang=user.lang).env
            self.activity_schedule(
                RECOVERY,
                user_id=user.id,
                note=env._(
                    "%(amount)s came from %(customer)s and settles nothing yet.",
                    amount=self.currency_id.format(came),
                    customer=self.partner_id.name,
                ),
            )

    def action_reopen(self):
        """Reverse the write-off and match the money that came with the debt.

        :raise AccessError: the user neither controls credit nor keeps the books
        """
        self.check_access("read")
        if not any(self.env.user.has_group(group) for group in DECIDERS):
            raise AccessError(
                self.env._("Credit controllers and accountants reopen bad debts.")
            )
        for request in self:
            request.sudo()._reopen()
        return True

    def _reopen(self):
        """Bring back what was written off; what then stays open is asked for again."""
        self.lock_for_update()
        if self.kind != BAD_DEBT or self.state != "approved":
            raise UserError(self.env._("Only a bad debt written off is reopened."))
        line, today = self.line_id, self.company_id._collection_today()
        entry = self.entry_id
        if not line or line.parent_state != "posted" or entry.state != "posted":
            raise UserError(
                self.env._(
                    "The invoice or the entry of this write-off was changed in "
                    "accounting: book the money there."
                )
            )
        entry._reverse_moves(
            [{"date": today, "ref": self.env._("Reopened, %(ref)s", ref=entry.ref)}],
            cancel=True,
        )
        reopened = line.collection_residual
        (line | self._find_free_lines(today)).reconcile()
        recovered = reopened - line.collection_residual
        self.activity_unlink([RECOVERY])
        self.write(
            {
                "state": "reopened",
                "amount_came": 0.0,
                "amount_recovered": self.currency_id.round(recovered),
            }
        )
        self.profile_id._queue_refresh()

    def _find_free_lines(self, today):
        """Return the journal items of money that may settle this debt."""
        line = self.line_id
        line._flush_open()
        profiles = self.env["sale.collection.profile"]
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) line WHERE residual < 0 AND account_id = %s"
                " AND company_id = %s AND reconciled IS NOT TRUE ORDER BY date, id",
                open_lines_sql(
                    self.company_id,
                    today,
                    profiles._get_line_condition(self.partner_id.ids),
                ),
                line.account_id.id,
                line.company_id.id,
            )
        )
        return line.browse(row[0] for row in rows)
