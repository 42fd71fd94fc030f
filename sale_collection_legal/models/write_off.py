from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql

BAD_DEBT = "bad_debt"
RECOVERY = "sale_collection_legal.activity_recovery"
# What a bad debt was approved for.
GIVEN_FIELDS = {"note", "reason_id"}
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
        # EXTENDS: of a bad debt nothing changes once it is asked for
        if not self.env.su:
            self._check_kept(vals)
        return super().write(vals)

    def _check_kept(self, vals):
        """Refuse another reason of a bad debt, and another kind of any request."""
        if GIVEN_FIELDS.intersection(vals) and BAD_DEBT in self.mapped("kind"):
            raise AccessError(
                self.env._(
                    "Why: the reason that was given for a bad debt stays as it is. Add "
                    "to it in a note below; as long as nobody approved it, have it "
                    "rejected and ask anew."
                )
            )
        if "kind" in vals:
            kinds = {vals["kind"], *self.mapped("kind")}
            if BAD_DEBT in kinds and len(kinds) > 1:
                raise UserError(
                    self.env._(
                        "Kind: a bad debt and a small rest are approved differently. "
                        "Reject this request and ask anew."
                    )
                )

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
        money = defaultdict(float)
        for _line_id, amount, *place in requests._read_free_lines(company, today):
            money[tuple(place)] += amount
        for request in requests:
            place, came = request._get_place(), 0.0
            if request._is_standing():
                came = min(money[place], request.amount_booked)
            money[place] -= came
            request._note_money(company.currency_id.round(came))

    def _is_standing(self):
        """Tell whether the write-off settles the debt still, as it was booked."""
        line, entry = self.line_id, self.entry_id
        return (
            line.parent_state == entry.state == "posted"
            and entry in line.matched_credit_ids.credit_move_id.move_id
        )

    def _get_place(self):
        """Return what money has to share with the debt: customer, company, account."""
        line = self.line_id
        return self.partner_id.id, line.company_id.id, line.account_id.id

    def _read_free_lines(self, company, today):
        """Return the journal items of these customers' money that is not matched.

        Money is what payments and entries book: no credit note, and nothing a
        write-off left behind when its invoice was changed.

        :return: tuples of the id, the amount and the three of `_get_place`
        """
        self.env["account.move.line"]._flush_open()
        self.env["account.move"].flush_model(["move_type", "origin_payment_id"])
        self.flush_model(["entry_id"])
        profiles = self.env["sale.collection.profile"]
        return self.env.execute_query(
            SQL(
                """
                SELECT line.id, -line.residual::float8, customer.commercial_partner_id,
                       line.company_id, line.account_id
                  FROM (%s) line
                  JOIN res_partner customer ON customer.id = line.partner_id
                  JOIN account_move entry ON entry.id = line.move_id
                 WHERE line.residual < 0
                   AND line.reconciled IS NOT TRUE
                   AND entry.move_type = 'entry'
                   AND (entry.origin_payment_id IS NOT NULL OR NOT EXISTS (
                        SELECT FROM sale_collection_write_off dropped
                         WHERE dropped.entry_id = entry.id))
              ORDER BY line.date, line.id
                """,
                open_lines_sql(
                    company, today, profiles._get_line_condition(self.partner_id.ids)
                ),
            )
        )

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
        if not self._is_standing():
            raise UserError(
                self.env._(
                    "The invoice or the entry of this write-off was changed in "
                    "accounting: book the money there."
                )
            )
        free_lines = self._find_free_lines(today)
        entry._reverse_moves(
            [{"date": today, "ref": self.env._("Reopened, %(ref)s", ref=entry.ref)}],
            cancel=True,
        )
        reopened = line.collection_residual
        (line | free_lines).reconcile()
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
        """Return the journal items of money that may settle this debt.

        :raise UserError: there are none
        """
        line, place = self.line_id, self._get_place()
        rows = self._read_free_lines(self.company_id, today)
        found = line.browse(
            line_id for line_id, _sum, *own in rows if tuple(own) == place
        )
        if not found:
            raise UserError(
                self.env._(
                    "No money of %(customer)s is free for %(invoice)s, in %(company)s "
                    "on %(account)s. Register the payment, or undo what its money is "
                    "matched with, and reopen again. To take the write-off back "
                    "without money, reverse %(entry)s in accounting.",
                    customer=self.partner_id.display_name,
                    invoice=line.move_id.name,
                    company=line.company_id.name,
                    account=line.account_id.display_name,
                    entry=self.entry_id.name,
                )
            )
        return found
