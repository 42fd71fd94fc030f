from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, format_date

from odoo.addons.sale_collection.models.core.open_line import unsettled_sql
from odoo.addons.sale_collection.tools.window import open_dialog

from ..plan.ladder_step import STAGES
from ..reminder.reminder_facts import AHEAD_DAYS

REPLY = "sale_collection_reminder.activity_reply"


class SaleCollectionProfile(models.Model):
    """How a customer is reminded, how far that has come, and what lies ahead."""

    _inherit = "sale.collection.profile"

    ladder_id = fields.Many2one(
        "sale.collection.ladder",
        string="Reminder plan",
        check_company=True,
        tracking=True,
        copy=False,
        ondelete="set null",
        domain="[('company_id', '=', company_id)]",
        help="Empty: the plan of the customer's grade, else that of the company.",
    )
    stage = fields.Selection(
        STAGES,
        readonly=True,
        copy=False,
        help="The furthest any open debt has come. Gone when it is paid.",
    )
    next_reminder_date = fields.Date(
        string="Next reminder",
        readonly=True,
        copy=False,
        help="When the next step of the reminder plan is due.",
    )
    snooze_until = fields.Date(
        string="Snoozed until",
        tracking=True,
        copy=False,
        help="Last day without reminders for this customer.",
    )
    snooze_reason = fields.Char(tracking=True, copy=False)
    reminder_ids = fields.One2many("sale.collection.reminder", "profile_id")
    reminder_count = fields.Integer(
        string="Reminders sent", compute="_compute_reminder_count"
    )

    def _compute_reminder_count(self):
        reminders = self.env["sale.collection.reminder"]
        counts = dict(
            reminders._read_group(
                [("profile_id", "in", self.ids), ("state", "in", ("queued", "sent"))],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.reminder_count = counts.get(profile._origin, 0)

    def _find_advice(self):
        # EXTENDS: without a reason, what fits the last reminder
        found = super()._find_advice()
        silent = self.filtered(lambda one: one not in found)
        for reminder in silent.reminder_ids.filtered("step_id").sorted("date"):
            if reminder.state in ("queued", "sent"):
                found[reminder.profile_id] = reminder.step_id
        return found

    @api.constrains("snooze_until", "snooze_reason")
    def _check_snooze_reason(self):
        for profile in self:
            if profile.snooze_until and not (profile.snooze_reason or "").strip():
                raise ValidationError(
                    self.env._("Snooze reason: say why nobody is to be reminded.")
                )

    # === PEOPLE ===#

    def _get_reminder_sender(self, sender):
        """Return the user who signs a message or gets its activity.

        :param str sender: `rep`, `collector` or `manager`
        """
        self.ensure_one()
        rep = self.partner_id.sudo().user_id
        if sender == "manager":
            return self._get_manager()
        return rep if sender == "rep" and rep else self.user_id

    def _get_escalation_user(self, whom):
        """Return the user who is told of an internal escalation.

        :param str whom: `rep`, `leader`, `controller` or `accountant`
        """
        self.ensure_one()
        if whom == "accountant":
            return self._get_accountant() or self._get_manager()
        if whom == "rep":
            return self.partner_id.sudo().user_id or self._get_manager()
        if whom == "leader":
            return self._get_manager()
        return self.company_id._collection_get_controller()

    def _get_accountant(self):
        """Return the first user who may run the books of the company."""
        group = self.env.ref("account.group_account_manager")
        users = self.env["res.users"].sudo()
        return users.search(
            [
                ("share", "=", False),
                ("all_group_ids", "in", group.id),
                ("company_ids", "in", self.company_id.id),
            ],
            order="id",
            limit=1,
        )

    # === STAGE ===#

    @api.model
    def _get_reached_sql(self, company, partner_ids=None):
        """Select `partner_id` and `step_id` of all that open debts were reminded of.

        Without what a plan's first run sent: it has no consequences.

        :param partner_ids: commercial partners; all when left out
        """
        return SQL(
            """
            SELECT reminder.partner_id, part.step_id
              FROM sale_collection_reminder_line part
              JOIN sale_collection_reminder reminder ON reminder.id = part.reminder_id
              JOIN account_move_line line ON line.id = part.line_id
             WHERE reminder.company_id = %s
               AND %s
               AND part.state IN ('queued', 'sent')
               AND part.listed IS NOT TRUE
               AND part.settled IS NOT TRUE
               AND reminder.is_first_run IS NOT TRUE
               AND %s
               AND line.parent_state = 'posted'
            """,
            company.id,
            self._get_customer_condition(SQL("reminder.partner_id"), partner_ids),
            unsettled_sql(company, company._collection_today()),
        )

    def _refresh_stage(self):
        """Bring the stage in line with the open debts: only what differs is written.

        On no record: all profiles of the company.

        :return: ids of the profiles written
        """
        written = []
        for company, profiles in self._by_company():
            self.env.flush_all()
            rows = self.env.execute_query(profiles._get_stage_update_sql(company))
            written += [row[0] for row in rows]
        self.browse(written).invalidate_recordset(["stage"])
        return written

    def _get_stage_update_sql(self, company):
        return SQL(
            """
            UPDATE sale_collection_profile profile
               SET stage = wanted.stage
              FROM (
                SELECT own.id, (%(stages)s::varchar[])[MAX(ARRAY_POSITION(
                           %(stages)s::varchar[], step.stage))] AS stage
                  FROM sale_collection_profile own
             LEFT JOIN (%(reached)s) reached ON reached.partner_id = own.partner_id
             LEFT JOIN sale_collection_ladder_step step ON step.id = reached.step_id
                 WHERE own.company_id = %(company)s AND %(scope)s
              GROUP BY own.id
              ) wanted
             WHERE profile.id = wanted.id
               AND profile.stage IS DISTINCT FROM wanted.stage
         RETURNING profile.id
            """,
            stages=[code for code, __ in STAGES],
            reached=self._get_reached_sql(company, self.partner_id.ids or None),
            company=company.id,
            scope=SQL("own.id = ANY(%s)", self.ids) if self else SQL("TRUE"),
        )

    @api.model
    def _get_touched_steps(self):
        # EXTENDS: what is paid takes its stage along, and starts anew when undone
        return [*super()._get_touched_steps(), (60, "_follow_settled_debts")]

    def _follow_settled_debts(self, today=None):
        """Mark reminders of settled debts, and set the stage by what is left."""
        for company, own in self.sudo().grouped("company_id").items():
            parts = self.env["sale.collection.reminder.line"].sudo()
            parts._mark_settled(company, own.partner_id.ids)
        self.sudo()._refresh_stage()

    # === WHAT LIES AHEAD ===#

    def _get_next_steps(self, today=None):
        """Return the next step of every open instalment of these customers.

        :param date today: the company's own today when left out
        :return: {receivable line id: (date, step)}; those without are not chased
        """
        steps, found = self.env["sale.collection.ladder.step"], {}
        for _profile, case in self._get_cases(today):
            found.update(case.find_next())
        return {key: (day, steps.browse(step.id)) for key, (day, step) in found.items()}

    def _preview_ladder(self, today=None, ladder=None):
        """Return the messages these customers would get if they never paid.

        :param date today: the company's own today when left out
        :param ladder: by this plan, live or not; the customer's own when left out
        :return: {profile id: [{`date`, `step`, `channel`, `lines`, `amount`}]}
        """
        lines = self.env["account.move.line"]
        steps = self.env["sale.collection.ladder.step"]
        return {
            profile.id: [
                {
                    "date": ahead.date,
                    "step": steps.browse(ahead.step.id),
                    "channel": steps.browse(ahead.step.id).channel,
                    "lines": lines.browse([line.id for line in ahead.lines]),
                    "amount": ahead.amount,
                }
                for ahead in case.foresee()
            ]
            for profile, case in self._get_cases(today, ladder)
        }

    def _get_cases(self, today=None, ladder=None):
        """Yield these customers with what is known of their debts: (profile, `Case`).

        Customers that owe nothing or have no plan are left out.
        """
        facts = self.env["sale.collection.reminder.facts"]
        for company, profiles in self.sudo().grouped("company_id").items():
            ladders = ladder or self.env["sale.collection.ladder"]._get_live(company)
            plans = ladders._make_plans()
            if not plans:
                continue
            night = facts._collect_night(
                company,
                today or company._collection_today(),
                plans,
                profiles.partner_id.ids,
                ahead=AHEAD_DAYS,
            )
            for profile in profiles:
                case = night.get_case(profile.partner_id.id, ladder and plans[0])
                if case:
                    yield profile, case

    def _refresh_next_action(self):
        """Tell of these customers at once when the next reminder is due."""
        days = {profile: case.find_next_day() for profile, case in self._get_cases()}
        for profile in self:
            profile.next_reminder_date = days.get(profile)

    # === REPLIES ===#

    def _message_post_after_hook(self, message, msg_values):
        # EXTENDS
        result = super()._message_post_after_hook(message, msg_values)
        if self._is_reply(message):
            self._note_reply(message)
        return result

    @api.model
    def _is_reply(self, message):
        """Tell whether a message came by mail from anybody but our own people."""
        author = message.author_id
        return message.message_type == "email" and (not author or author.partner_share)

    def _note_reply(self, message):
        """Have the reply read; automatic reminders wait until the activity is done."""
        for profile in self.sudo():
            if profile.activity_search([REPLY]):
                continue
            controller = profile.company_id._collection_get_controller()
            profile.activity_schedule(
                REPLY,
                date_deadline=profile.company_id._collection_today(),
                user_id=(profile.user_id or controller or self.env.user).id,
                summary=self.env._(
                    "Read the reply: %(subject)s", subject=message.subject
                )
                if message.subject
                else self.env._("Read the reply"),
            )
        self._rank_work()

    # === REMIND BY HAND ===#

    def action_open_reminders(self):
        """Show what these customers have been reminded of."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_reminder.reminder_action"
        )
        return {**action, "domain": [("profile_id", "in", self.ids)], "context": {}}

    def action_remind_now(self):
        """Ask how to remind these customers of all that is overdue."""
        self.check_access("read")
        lines = self.env["account.move.line"]
        for company, profiles in self.sudo().grouped("company_id").items():
            lines |= profiles._get_lines_overdue_now(company)
        if not lines:
            raise UserError(self.env._("Nothing is overdue at these customers."))
        return self._open_remind_dialog(lines)

    def _get_lines_overdue_now(self, company):
        """Return the receivable lines of these customers that are overdue today."""
        today = company._collection_today()
        condition = SQL(
            "%s AND line.date_maturity < %s",
            self._get_line_condition(self.partner_id.ids),
            today,
        )
        lines = self.env["account.move.line"]
        return lines._find_open_debts(company, today, condition)

    def _open_remind_dialog(self, lines):
        return open_dialog(
            self.env._("Remind now"),
            "sale.collection.reminder.now",
            default_profile_ids=[Command.set(self.ids)],
            default_line_refs=lines.ids,
        )

    def action_preview_reminders(self):
        """Show the reminders this customer would live through."""
        self.ensure_one()
        return open_dialog(
            self.env._("Reminders ahead"),
            "sale.collection.reminder.preview",
            default_profile_id=self.id,
        )

    def _enter_ladder(self, lines, today=None):
        """Put old debts on the ladder, at its first step: each is a record.

        :param lines: receivable lines of these customers
        :return: the records made
        """
        entries = self.env["sale.collection.ladder.entry"]
        entries.check_access("create")
        self.check_access("read")
        known = entries.sudo().search([("line_id", "in", lines.ids)]).line_id
        owners = {profile.partner_id: profile for profile in self}
        return entries.create(
            [
                {
                    "profile_id": owners[line.partner_id.commercial_partner_id].id,
                    "line_id": line.id,
                    "date": today or line.company_id.root_id._collection_today(),
                }
                for line in lines - known
            ]
        )

    # === SNOOZE ===#

    def action_open_snooze(self):
        """Ask until when and why these customers are not to be reminded."""
        return self._open_snooze_dialog()

    def action_wake(self):
        """End the pause of these customers today."""
        self._check_may_snooze()
        self.sudo().write({"snooze_until": False, "snooze_reason": False})
        self.sudo()._refresh_next_action()
        self._rank_work()
        return True

    def _open_snooze_dialog(self, lines=None):
        """Open the dialog for customers, or for some of their instalments."""
        lines = lines or self.env["account.move.line"]
        return open_dialog(
            self.env._("Snooze reminders"),
            "sale.collection.snooze.dialog",
            default_profile_ids=[Command.set(self.ids)],
            default_line_refs=lines.ids,
            default_scope="instalment" if lines else "customer",
        )

    def _snooze(self, until, reason, lines=None):
        """Pause the reminders of these customers, or of some instalments, up to a day.

        :param date until: last day without reminders
        :param str reason: why, for everybody to read
        :param lines: instalments; all there is and will be when left out
        :raise ValidationError: naming the field
        """
        self._check_may_snooze()
        until, reason = fields.Date.to_date(until), (reason or "").strip()
        for profile in self:
            profile._check_snooze(until, reason)
        if lines:
            self.sudo()._snooze_lines(until, reason, lines.sudo())
        else:
            self.sudo().write({"snooze_until": until, "snooze_reason": reason})
            waiting = self.sudo().reminder_ids.filtered(
                lambda one: one.state in ("candidate", "ready")
            )
            waiting._drop("snoozed")
        self.sudo()._refresh_next_action()
        self._rank_work()

    def _check_may_snooze(self):
        self.check_access("read")
        if not self.env.su and not self.env.user.has_group(
            "sale_collection.group_user"
        ):
            raise AccessError(
                self.env._("Reminders are snoozed by the people who collect.")
            )

    def _check_snooze(self, until, reason):
        today = self.company_id._collection_today()
        if not until or until < today:
            raise ValidationError(
                self.env._(
                    "Until: choose a day from today (%(today)s) on.",
                    today=format_date(self.env, today),
                )
            )
        if not reason:
            raise ValidationError(
                self.env._("Reason: say why nobody is to be reminded.")
            )

    def _snooze_lines(self, until, reason, lines):
        """Write one snooze for each instalment, in place of earlier ones."""
        snoozes = self.env["sale.collection.snooze"]
        owners = {(profile.company_id, profile.partner_id): profile for profile in self}
        snoozes.search([("line_id", "in", lines.ids)]).unlink()
        values, notes = [], {}
        for line in lines:
            root = line.company_id.root_id
            profile = owners[root, line.partner_id.commercial_partner_id]
            values.append(
                {
                    "profile_id": profile.id,
                    "line_id": line.id,
                    "until": until,
                    "reason": reason,
                    "user_id": self.env.user.id,
                }
            )
            notes.setdefault(profile, []).append(line.move_id.name or line.name or "")
        snoozes.create(values)
        self._message_log_batch(
            {
                profile.id: self.env._(
                    "No reminders until %(day)s for %(documents)s: %(reason)s",
                    day=format_date(self.env, until),
                    documents=", ".join(dict.fromkeys(names)),
                    reason=reason,
                )
                for profile, names in notes.items()
            }
        )
