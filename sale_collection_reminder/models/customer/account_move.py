from operator import ge, gt, le, lt

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

GROUPS = "sale_collection.group_user,account.group_account_readonly"
COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge}


class AccountMove(models.Model):
    """When the customer is reminded of an invoice next, and how often it was."""

    _inherit = "account.move"

    collection_reminder_date = fields.Date(
        string="Next reminder",
        compute="_compute_collection_reminder",
        search="_search_collection_reminder_date",
        groups=GROUPS,
        help="When the next step of the reminder plan is due if nothing is paid.",
    )
    collection_reminder_step_id = fields.Many2one(
        "sale.collection.ladder.step",
        string="Next step",
        compute="_compute_collection_reminder",
        groups=GROUPS,
    )
    collection_reminder_count = fields.Integer(
        string="Reminders", compute="_compute_collection_reminder_count", groups=GROUPS
    )

    # === COMPUTE ===#

    @api.depends("collection_is_open", "commercial_partner_id")
    @api.depends_context("uid")
    def _compute_collection_reminder(self):
        self.collection_reminder_date = False
        self.collection_reminder_step_id = False
        unpaid = self.filtered(
            lambda move: move.is_sale_document() and move.collection_is_open
        )
        steps = unpaid._get_collection_next_steps()
        for move in unpaid:
            step = steps.get(move._origin.id)
            if step:
                move.collection_reminder_date = step[0]
                move.collection_reminder_step_id = step[1]

    def _compute_collection_summary(self):
        # EXTENDS: the next reminder goes last
        res = super()._compute_collection_summary()
        for move in self.filtered("collection_reminder_date"):
            reminder = self.env._(
                "next reminder on %(date)s: %(step)s",
                date=format_date(self.env, move.collection_reminder_date),
                step=move.collection_reminder_step_id.sudo().name,
            )
            parts = (move.collection_summary, reminder)
            move.collection_summary = " · ".join(filter(None, parts))
        return res

    def _get_collection_next_steps(self):
        """Return {move id: (date, step)}, the first of its instalments.

        A fixed number of queries, whatever the number of invoices.
        """
        steps = {}
        for company, moves in (
            self.sudo().grouped(lambda m: m.company_id.root_id).items()
        ):
            profiles = self.env["sale.collection.profile"].sudo()
            found = profiles.search(
                [
                    ("company_id", "=", company.id),
                    ("partner_id", "in", moves.commercial_partner_id.ids),
                ]
            )._get_next_steps()
            lines = self.env["account.move.line"].sudo().browse(found)
            for line in lines.filtered(lambda line, own=moves: line.move_id in own):
                step = found[line.id]
                known = steps.get(line.move_id.id)
                if not known or step[0] < known[0]:
                    steps[line.move_id.id] = step
        return steps

    def _search_collection_reminder_date(self, operator, value):
        """Narrow down by the customers' next days, then look at their invoices.

        No invoice of a customer is reminded of before the day on its profile.
        """
        if operator == "in":
            days = {day for day in value if day}
            domain = Domain("id", "in", self._find_reminded(days.__contains__))
            if False in value:
                domain |= Domain("id", "not in", self._find_reminded(bool))
            return domain
        if operator not in COMPARE:
            return NotImplemented
        day = fields.Date.to_date(value)
        last = day if operator in ("<", "<=") else None
        compare = COMPARE[operator]
        return Domain("id", "in", self._find_reminded(lambda d: compare(d, day), last))

    def _find_reminded(self, is_wanted, last=None):
        """Return ids of the unpaid invoices whose next day is wanted.

        :param is_wanted: function of a date
        :param date last: no later day is wanted
        """
        profiles = Domain("next_reminder_date", "!=", False)
        if last:
            profiles &= Domain("next_reminder_date", "<=", last)
        customers = self.env["sale.collection.profile"].sudo()._search(profiles)
        unpaid = self.sudo().search(
            Domain("collection_is_open", "=", True)
            & Domain("move_type", "in", self.get_sale_types())
            & Domain("commercial_partner_id", "in", customers.subselect("partner_id"))
        )
        steps = unpaid._get_collection_next_steps()
        return [move_id for move_id, (day, __) in steps.items() if is_wanted(day)]

    def _compute_collection_reminder_count(self):
        parts = self.env["sale.collection.reminder.line"]
        counts = parts._read_group(
            [("move_id", "in", self.ids), ("state", "in", ("queued", "sent"))],
            ["move_id"],
            ["reminder_id:count_distinct"],
        )
        counts = {move.id: count for move, count in counts}
        for move in self:
            move.collection_reminder_count = counts.get(move._origin.id, 0)

    def _collect_commitments(self):
        # EXTENDS: what the customer has been reminded of
        said = super()._collect_commitments()
        parts = self.env["sale.collection.reminder.line"].sudo()
        found = parts.search(
            [("move_id", "in", self.ids), ("state", "in", ("queued", "sent"))],
            order="id desc",
        )
        for move_id, own in found.grouped(lambda part: part.move_id.id).items():
            reminder = own[0].reminder_id
            text = self.env._(
                "reminded of on %(day)s (%(step)s)",
                day=format_date(self.env, reminder.date),
                step=reminder.step_id.name,
            )
            said.setdefault(self.browse(move_id), []).append(text)
        return said

    # === ACTIONS ===#

    def action_collection_mark_sent(self):
        """Note that invoices have reached their customers by other means."""
        invoices = self.filtered(
            lambda move: move.state == "posted" and move.is_sale_document()
        )
        invoices.check_access("write")
        invoices.filtered(lambda move: not move.is_move_sent).is_move_sent = True
        for move in invoices:
            move._message_log(body=self.env._("Delivered by other means."))

    def action_open_collection_reminders(self):
        """Show the reminders of these invoices."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.reminder_action"
        )
        return {**action, "domain": [("line_ids.move_id", "in", self.ids)]}

    def action_collection_remind(self):
        """Ask how to remind the customers of these invoices now."""
        lines = self._get_remindable_lines()
        return lines._get_collection_profiles()._open_remind_dialog(lines)

    def action_collection_snooze(self):
        """Ask until when nobody is to be reminded of these invoices."""
        lines = self._get_remindable_lines()
        return lines._get_collection_profiles()._open_snooze_dialog(lines)

    def action_collection_enter(self):
        """Put old invoices on the reminder plan, at its first step."""
        lines = self._get_remindable_lines()
        entered = lines._get_collection_profiles()._enter_ladder(lines.sudo())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s instalments put on the reminder plan.",
                    count=len(entered),
                ),
            },
        }

    def _get_remindable_lines(self):
        """Return the open receivable lines of posted customer invoices."""
        self.check_access("read")
        lines = self.sudo()._get_open_instalments()
        if not lines:
            raise UserError(
                self.env._("Nothing to remind of: choose posted, unpaid invoices.")
            )
        return lines.sudo(False)
