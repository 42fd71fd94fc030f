from odoo import api, models
from odoo.tools import SQL

from .ladder_step import STAGES


class SaleCollectionProfile(models.Model):
    """What the reminders that have gone out mean for the customer, until it pays."""

    _inherit = "sale.collection.profile"

    # === PEOPLE ===#

    def _get_reminder_sender(self, sender):
        """Return who signs a message or gets its activity.

        :param str sender: `rep`, `collector` or `manager`
        """
        self.ensure_one()
        rep = self.partner_id.sudo().user_id
        if sender == "manager":
            return self._get_manager()
        return rep if sender == "rep" and rep else self.user_id

    def _get_escalation_user(self, whom):
        """Return who is told of an internal escalation.

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
        """Return who keeps the books of the company: the first who may run them."""
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
               AND line.reconciled IS NOT TRUE
               AND line.parent_state = 'posted'
            """,
            company.id,
            self._get_customer_condition(SQL("reminder.partner_id"), partner_ids),
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
            reminders = self.env["sale.collection.reminder"].sudo()
            reminders._mark_settled(company, own.partner_id.ids)
        self.sudo()._refresh_stage()
