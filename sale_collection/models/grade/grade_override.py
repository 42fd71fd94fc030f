from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_date


class SaleCollectionGradeOverride(models.Model):
    """A grade set by hand: who, why and until when.

    Never edited: a new one replaces it, "End now" stops it, its last day ends
    it by itself.
    """

    _name = "sale.collection.grade.override"
    _description = "Grade set by hand"
    _inherit = ["sale.collection.code.written"]
    _order = "date_from desc, id desc"
    _rec_name = "reason"
    _check_company_auto = True
    _created_with = frozenset({"profile_id", "date_from", "user_id"})

    profile_id = fields.Many2one(
        "sale.collection.profile",
        string="Credit profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    partner_id = fields.Many2one(related="profile_id.partner_id", string="Customer")
    grade_id = fields.Many2one(
        "sale.collection.grade",
        required=True,
        ondelete="restrict",
        check_company=True,
    )
    grade_color = fields.Integer(
        related="grade_id.color", string="Grade color", export_string_translation=False
    )
    reason = fields.Char(required=True)
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_until = fields.Date(
        string="Until", required=True, help="Last day on which the grade holds."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Set by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    ended_on = fields.Date(
        string="Ended on", readonly=True, help="Day on which it was stopped by hand."
    )
    ended_by_id = fields.Many2one("res.users", string="Ended by", readonly=True)
    state = fields.Selection(
        [("live", "In force"), ("past", "Over"), ("ended", "Ended")],
        compute="_compute_state",
    )

    # === COMPUTE METHODS ===#

    @api.depends("date_until", "ended_on", "profile_id.grade_override_id")
    def _compute_state(self):
        for override in self:
            override.state = "live" if override._is_in_force() else "past"
            if override.ended_on:
                override.state = "ended"

    def _is_in_force(self):
        """Whether the override is valid today and the one its customer is graded by.

        A merge of two customers leaves both overrides and follows one of them.
        """
        return self.profile_id.grade_override_id == self and self._is_valid(
            self.company_id._collection_today()
        )

    def _is_valid(self, today):
        """Whether the override was not ended and its last day is not over."""
        return not self.ended_on and self.date_until >= today

    # === CONSTRAINTS ===#

    @api.constrains("date_from", "date_until")
    def _check_dates(self):
        for override in self:
            if override.date_until < override.date_from:
                raise ValidationError(
                    self.env._(
                        "'Until' (%(until)s) is in the past: choose today or a later "
                        "day.",
                        until=format_date(self.env, override.date_until),
                    )
                )

    @api.constrains("reason")
    def _check_reason(self):
        for override in self:
            if not (override.reason or "").strip():
                raise ValidationError(
                    self.env._("'Reason' is empty: say why the grade is set by hand.")
                )

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        overrides = super().create(
            [self._prepare_override_vals(vals) for vals in vals_list]
        )
        for override in overrides:
            override._apply()
        return overrides

    def write(self, vals):
        if not self.env.su:
            raise UserError(
                self.env._(
                    "A grade set by hand is not edited: end it, or set the grade "
                    "again with the new reason and last day."
                )
            )
        return super().write(vals)

    @api.model
    def _prepare_override_vals(self, vals):
        """Return the values with user and first day, which nobody can choose.

        :raise ValidationError: reason or last day is missing
        """
        for name in ("reason", "date_until"):
            if not vals.get(name):
                raise ValidationError(self._get_missing_message(name))
        profile = self.env["sale.collection.profile"].browse(vals.get("profile_id"))
        company = profile.sudo().company_id or self.env.company
        return {
            **vals,
            "user_id": self.env.uid,
            "date_from": company._collection_today(),
        }

    @api.model
    def _get_missing_message(self, name):
        if name == "reason":
            return self.env._("'Reason' is empty: say why the grade is set by hand.")
        return self.env._(
            "'Until' is empty: a grade set by hand needs a last day on which it holds."
        )

    # === ACTIONS ===#

    def action_end(self):
        """Stop the override today; the customer gets the grade of the scorecard."""
        self.check_access("create")
        for override in self.filtered(lambda override: override.state == "live"):
            profile_sudo = override.profile_id.sudo()
            override.sudo().write(
                {
                    "ended_on": override.company_id._collection_today(),
                    "ended_by_id": self.env.uid,
                }
            )
            profile_sudo._score()
            profile_sudo.message_post(
                body=self.env._(
                    "Grade %(grade)s set by hand was ended.",
                    grade=override.grade_id.name,
                )
            )

    # === BUSINESS ===#

    def _apply(self):
        """Make the override the one in force and grade the customer again."""
        profile_sudo = self.profile_id.sudo()
        earlier_sudo = profile_sudo.grade_override_id
        if earlier_sudo and earlier_sudo._is_valid(self.date_from):
            earlier_sudo.write(
                {"ended_on": self.date_from, "ended_by_id": self.user_id.id}
            )
        profile_sudo.grade_override_id = self
        profile_sudo._score(self.date_from)
        profile_sudo.message_post(
            body=self.env._(
                "Grade %(grade)s set by hand until %(until)s: %(reason)s",
                grade=self.grade_id.name,
                until=format_date(self.env, self.date_until),
                reason=self.reason,
            )
        )
