import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .reminder_decide import make_plan


class SaleCollectionLadder(models.Model):
    """Going live: from which day, at which step, and never from a copy."""

    _inherit = "sale.collection.ladder"

    is_live = fields.Boolean(compute="_compute_is_live", search="_search_is_live")

    @api.depends("active", "live_at", "company_id")
    def _compute_is_live(self):
        for ladder in self:
            ladder.is_live = ladder.active and ladder.live_at and ladder.company_id

    @api.model
    def _search_is_live(self, operator, value):
        if operator != "in":
            return NotImplemented
        live = Domain("live_at", "!=", False) & Domain("company_id", "!=", False)
        live &= Domain("active", "=", True)
        return live if True in value else ~live

    # === CONSTRAINTS ===#

    @api.constrains("company_id")
    def _check_root_company(self):
        if self.company_id.parent_id:
            raise UserError(
                self.env._("Company: a plan belongs to a main company, not a branch.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        used = self.env["sale.collection.reminder"].sudo()
        if used.search_count([("ladder_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "Customers were reminded by this plan. Archive it instead of "
                    "deleting it."
                )
            )

    def _check_usable(self):
        """Refuse what would remind nobody, or with an empty message."""
        for ladder in self:
            if not ladder.step_ids:
                raise UserError(
                    self.env._(
                        "Steps: the plan %(plan)s has none. Add at least one.",
                        plan=ladder.name,
                    )
                )

    # === GOING LIVE ===#

    def action_switch_on(self):
        """Go live with the defaults: debts falling due after today."""
        self.ensure_one()
        return self._go_live()._get_records_action()

    def action_switch_off(self):
        """Remind nobody by these plans any more; what is ready is dropped."""
        self.check_access("write")
        waiting = self.env["sale.collection.reminder"].sudo()
        waiting = waiting.search(
            [("ladder_id", "in", self.ids), ("state", "in", ("candidate", "ready"))]
        )
        waiting._drop("outdated")
        self.sudo().write(
            {"live_at": False, "live_mark": False, "first_run_confirmed_by": False}
        )
        for company in self.company_id:
            if not self._get_live(company):
                # nothing lies ahead of anybody any more
                waiting._write_next_actions(company, {})

    def _go_live(self, entry_date=None, entry_step=None):
        """Remind by this plan from the next night on, the first run to be confirmed.

        :param date entry_date: debts due before it enter only by hand; the day after
            today when left out
        :param entry_step: step at which overdue debts enter; the first when left out
        :return: the live plan: a copy for the current company of a pattern
        :raise UserError: naming what the plan lacks
        """
        self.ensure_one()
        self.check_access("write")
        self._check_usable()
        company = (self.company_id or self.env.company).root_id
        tomorrow = fields.Date.add(company._collection_today(), days=1)
        ladder = self if self.company_id else self._take_copy(company)
        if entry_step and entry_step not in ladder.step_ids:
            entry_step = ladder._get_step_like(entry_step)
        # the mark is for the system's eyes only
        ladder.sudo().write(
            {
                "active": True,
                "entry_date": entry_date or tomorrow,
                "entry_step_id": (entry_step or ladder.step_ids.sorted("days")[:1]).id,
                "live_at": fields.Datetime.now(),
                "first_run_confirmed_by": False,
                "live_mark": self._get_database_mark(),
            }
        )
        return ladder

    def _take_copy(self, company):
        """Return a pattern's copy for a company, made by an earlier go-live or now."""
        earlier = self.with_context(active_test=False).search(
            [("company_id", "=", company.id), ("pattern_id", "=", self.id)], limit=1
        )
        values = {"company_id": company.id, "pattern_id": self.id, "name": self.name}
        return earlier or self.copy(values)

    def _get_step_like(self, step):
        """Return the step of this copy that is on the same day as the pattern's."""
        return self.step_ids.filtered(lambda own: own.days == step.days)[:1]

    def action_confirm_first_run(self):
        """Confirm every message of the first run, as it was shown."""
        self.check_access("write")
        candidates = self.env["sale.collection.reminder"].search(
            [
                ("ladder_id", "in", self.ids),
                ("state", "=", "candidate"),
                ("is_first_run", "=", True),
            ]
        )
        candidates.action_confirm()
        self._confirm_first_run()

    def _confirm_first_run(self):
        """Note who let the plan loose: from now on automatic steps go by themselves."""
        fresh = self.sudo().filtered(lambda ladder: not ladder.first_run_confirmed_by)
        fresh.first_run_confirmed_by = self.env.user

    # === COPIES STAY SILENT ===#

    @api.model
    def _get_database_mark(self):
        """Return what tells this database from a copy of it."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return hashlib.sha256(f"{self.env.cr.dbname} {uuid}".encode()).hexdigest()

    @api.model
    def _get_silence(self):
        """Return why nothing leaves this database, None when it may.

        :return: `neutralized` or `demo`
        """
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param("database.is_neutralized"):
            return "neutralized"
        base = self.env["ir.module.module"].sudo().search([("name", "=", "base")])
        return "demo" if base.demo else None

    def _filter_original(self):
        """Return the plans that went live in this very database, not in its original.

        One that was restored under another name or identity stays silent until it
        goes live again.
        """
        mark = self._get_database_mark()
        return self.sudo().filtered(lambda ladder: ladder.live_mark == mark)

    # === AS PLAIN VALUES ===#

    @api.model
    def _get_live(self, company):
        """Return the live plans of a root company."""
        return self.sudo().search(
            [("company_id", "=", company.id), ("live_at", "!=", False)]
        )

    def _make_plans(self):
        return [
            make_plan(ladder, not ladder.first_run_confirmed_by)
            for ladder in self.sudo()
            if ladder.step_ids
        ]

    def _check_controller(self):
        if not self.env.user.has_group("sale_collection.group_credit_controller"):
            raise AccessError(
                self.env._("Only credit controllers put old debts on the ladder.")
            )
