from odoo import fields, models
from odoo.tools import SQL, format_date

from odoo.addons.sale_collection.tools.window import open_dialog


class AccountMove(models.Model):
    """What an invoice earns each rep, and vendor bills that pay settlements.

    What is earned shows only when asked for, and only to those it concerns.
    """

    _inherit = "account.move"

    # Salespeople without rights in accounting can open their invoices. The form counts
    # payments and transactions, which they may not read; how many there are is no
    # secret to who sees the invoice.
    payment_count = fields.Integer(compute_sudo=True)
    transaction_count = fields.Integer(compute_sudo=True)

    # === POSTED AND PAID ===#

    def _post(self, soft=True):
        """EXTENDS account: the shares of the lines are frozen."""
        posted = super()._post(soft)
        self.env["sale.collection.commission.claim"].sudo()._freeze(
            posted.filtered(lambda move: move.is_sale_document(include_receipts=True))
        )
        return posted

    def _invoice_paid_hook(self):
        """EXTENDS account: a settlement is paid when its vendor bill is."""
        res = super()._invoice_paid_hook()
        bills = self.filtered(lambda move: move.move_type == "in_invoice")
        if bills:
            settlements = self.env["sale.collection.settlement"].sudo()
            billed = settlements.search(
                [("bill_id", "in", bills.ids), ("state", "=", "confirmed")]
            )
            for record in billed:
                record._mark_paid(record.company_id._collection_today())
        return res

    # === WHAT IT EARNS ===#

    def action_open_commission(self):
        """Show what this invoice has earned the rep and what it will earn.

        Managers see every earner.
        """
        self.ensure_one()
        self.check_access("read")
        return open_dialog(
            self.env._("Commission on %(invoice)s", invoice=self.name),
            "sale.collection.commission.explain",
            default_move_id=self.id,
        )

    def _explain_commission(self, today=None):
        """Return pairs of earner and sentence on these invoices.

        Reps get their own only, managers those of every earner.

        :raise AccessError: the user may not read the invoices
        """
        self.check_access("read")
        manages = self.env.user.has_group("sale_collection.group_manager")
        user = None if manages else self.env.user
        outlook = self.env["sale.collection.commission.outlook"].sudo()
        found = outlook._collect_prospects(user=user, moves=self, today=today)
        earned = self._get_earned_by(user)
        waiting = self._get_waiting_by(user, today)
        ahead = {}
        for own in found:
            ahead.setdefault((own.user_id, own.agent_id), []).append(own)
        return [
            (
                self._get_earner_name(*earner),
                self._say_commission(
                    earned.get(earner, 0.0),
                    ahead.get(earner, []),
                    waiting.get(earner, 0.0),
                ),
            )
            for earner in sorted(
                earned.keys() | ahead.keys() | waiting.keys(),
                key=lambda earner: (earner[0] or 0, earner[1] or 0),
            )
        ]

    def _get_earned_by(self, user):
        """Return {(rep id, agent id): commission booked on these invoices}."""
        domain = [("move_id", "in", self.ids)]
        if user:
            domain.append(("user_id", "=", user.id))
        groups = (
            self.env["sale.collection.commission.entry"]
            .sudo()
            ._read_group(domain, ["user_id", "agent_id"], ["amount:sum"])
        )
        return {
            (rep.id or None, agent.id or None): amount for rep, agent, amount in groups
        }

    def _get_waiting_by(self, user, today=None):
        """Return {(rep id, agent id): commission on these invoices not booked yet}."""
        waiting = (
            self.env["sale.collection.commission.accrual"]
            .sudo()
            ._collect_waiting(SQL("receipt.move_id = ANY(%s)", self.ids), today)
        )
        return {
            (rep, agent): amount
            for (_company, rep, agent), (amount, _own) in waiting.items()
            if not user or rep == user.id
        }

    def _get_earner_name(self, user_id, agent_id):
        rep = self.env["res.users"].sudo().browse(user_id or [])
        agent = self.env["res.partner"].sudo().browse(agent_id or [])
        return rep.name or agent.name or ""

    def _say_commission(self, earned, prospects, waiting=0.0):
        """Say what was earned and what the rest is worth, on which day.

        :param float waiting: what the next night books
        """
        money = self.currency_id.format
        waits = not self.currency_id.is_zero(waiting)
        if not prospects and not waits:
            return self.env._("Earned %(earned)s.", earned=money(earned))
        if not prospects:
            return self.env._(
                "Earned %(earned)s, %(waiting)s waiting for tonight.",
                earned=money(earned),
                waiting=money(waiting),
            )
        text = self.env._(
            "Earned %(earned)s of %(all)s",
            earned=money(earned),
            all=money(earned + waiting + sum(own.full for own in prospects)),
        )
        if waits:
            text = self.env._(
                "%(text)s, %(waiting)s waiting for tonight",
                text=text,
                waiting=money(waiting),
            )
        return f"{text}, {self._say_worth(prospects)}"

    def _say_worth(self, prospects):
        """Say what open instalments are worth: now, until when, and after."""
        money = self.currency_id.format
        now = sum(own.now for own in prospects)
        if self.currency_id.is_zero(now) and not any(own.until for own in prospects):
            return self.env._("too late to earn more")
        until = min((own.until for own in prospects if own.until), default=None)
        if not until:
            return self.env._("worth %(amount)s", amount=money(now))
        then = sum(own.then if own.until == until else own.now for own in prospects)
        return self.env._(
            "worth %(amount)s if paid by %(date)s, %(less)s after",
            amount=money(now),
            date=format_date(self.env, until),
            less=money(then),
        )
