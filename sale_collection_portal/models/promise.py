from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.misc import format_date

from odoo.addons.sale_collection.tools.window import open_dialog

from ..tools.plan import DAYS, FIRST, GRADE, PARTS, find_excess

ASKED = "sale_collection_portal.mail_activity_plan_asked"


class SaleCollectionPromise(models.Model):
    """A promise the customer made without being asked.

    A plan within the bounds of the company is given at once. Beyond them it is a
    draft until its collector accepts it as it is, or refuses it and says why.
    """

    _inherit = "sale.collection.promise"

    is_from_portal = fields.Boolean(
        string="Made by the customer",
        readonly=True,
        copy=False,
        help="On the portal.",
    )
    asked_on = fields.Datetime(
        string="Asked for on",
        readonly=True,
        copy=False,
        help="When the customer asked for a plan that is not given at once.",
    )
    plan_excess = fields.Text(
        string="Beyond what is given at once", compute="_compute_plan_excess"
    )
    refusal_reason = fields.Text(string="Why it was refused", readonly=True, copy=False)

    # === BOUNDS ===#

    @api.depends("state", "is_from_portal", "plan_line_ids.amount", "profile_id")
    @api.depends_context("lang")
    def _compute_plan_excess(self):
        for promise in self:
            asked = promise.state == "draft" and promise.is_from_portal
            found = promise._find_excess() if asked and promise.plan_line_ids else []
            promise.plan_excess = "\n".join(map(promise._describe_excess, found))

    def _find_excess(self):
        """Return by what this plan goes beyond the bounds of its company."""
        return find_excess(
            self.plan_line_ids.sorted("date"),
            self.profile_id._get_plan_bounds(),
            self.company_id._collection_today(),
        )

    def _describe_excess(self, code):
        """Return in words one thing that keeps this plan from being given at once."""
        bounds = self.profile_id._get_plan_bounds()
        payments = self.plan_line_ids.sorted("date")
        texts = {
            PARTS: self.env._(
                "%(count)s payments, at once: %(most)s",
                count=len(payments),
                most=bounds.parts,
            ),
            DAYS: self.env._(
                "Last payment on %(date)s, at once: within %(days)s days",
                date=format_date(self.env, payments[-1:].date),
                days=bounds.days,
            ),
            FIRST: self.env._(
                "First payment %(amount)s, at once: %(percent)s %%",
                amount=self.currency_id._collection_format(payments[:1].amount),
                percent=bounds.first,
            ),
            GRADE: self.env._("Not for customers of this grade"),
        }
        return texts[code]

    # === ASKED FOR ===#

    def _is_asked(self):
        """Tell whether the customer waits for our answer to this plan."""
        return self.is_from_portal and self.kind == "plan" and self.state == "draft"

    def _settle_asked(self):
        """Give a plan within the bounds at once; put another before its collector."""
        self.ensure_one()
        if not self._find_excess():
            self.action_open()
            return
        self.asked_on = fields.Datetime.now()
        self.activity_schedule(
            ASKED,
            date_deadline=self.company_id._collection_today(),
            user_id=self.user_id.id,
        )

    def action_open(self):
        # EXTENDS: the customer hears that we agree, and signs
        asked = self.filtered(lambda promise: promise.asked_on and promise._is_asked())
        result = super().action_open()
        asked._answer("sale_collection_portal.mail_template_plan_accepted")
        return result

    def action_ask_refusal(self):
        """Ask why a plan is refused: the customer reads it."""
        self.ensure_one()
        return open_dialog(
            self.env._("Refuse the plan"),
            "sale.collection.plan.refuse",
            default_promise_id=self.id,
        )

    def _refuse(self, reason):
        """Refuse plans customers ask for.

        :raise UserError: one is answered already, or no reason is given
        """
        self._check_mine()
        self.lock_for_update()
        if not all(promise._is_asked() for promise in self):
            raise UserError(self.env._("This plan has been answered already."))
        if not (reason or "").strip():
            raise ValidationError(self.env._("Why: the customer reads it."))
        self.sudo().refusal_reason = reason.strip()
        self.action_cancel()
        self._answer("sale_collection_portal.mail_template_plan_refused")

    def action_cancel(self):
        # EXTENDS: who asks gets an answer
        if any(promise._is_asked() and not promise.refusal_reason for promise in self):
            raise UserError(
                self.env._(
                    "The customer waits for an answer: refuse the plan and say why."
                )
            )
        return super().action_cancel()

    def _answer(self, template):
        """Tell the customers what became of the plans they asked for."""
        self.sudo().activity_unlink([ASKED])
        self.env["sale.collection.promise.follow.up"].sudo()._mail(
            self.sudo(), template
        )

    def _check_draft(self):
        # EXTENDS: what the customer asked for is answered, not changed
        if not self.env.su and any(promise._is_asked() for promise in self):
            raise UserError(
                self.env._(
                    "The customer asked for this plan: accept it as it is, or refuse "
                    "it and say what you could agree to."
                )
            )
        return super()._check_draft()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        if any(promise._is_asked() for promise in self):
            raise UserError(
                self.env._(
                    "The customer waits for an answer: refuse the plan and say why."
                )
            )

    # === THE CUSTOMER'S PAGE ===#

    @api.model
    def _find_portal_plans(self, profiles, contact=None):
        """Return the plans these customers made, in superuser mode, the newest first.

        :param contact: a person who sees only what they asked for themselves
        """
        domain = [
            ("profile_id", "in", profiles.ids),
            ("kind", "=", "plan"),
            ("is_from_portal", "=", True),
        ]
        if contact:
            domain.append(("contact_id", "=", contact.id))
        return self.sudo().search(domain, order="id desc")

    def _get_plan_address(self):
        """Return where the customer reads and signs this plan, with a login."""
        base = self.sudo().company_id.get_base_url()
        return f"{base}/my/statement/plan/{self.id}"

    @api.model
    def _prepare_asked(self, profile, items, person):
        """Return what every promise says that a customer makes.

        :param items: the open items promised, in full
        :param person: the contact who promises
        """
        return {
            "profile_id": profile.id,
            "user_id": profile._get_portal_owner().id,
            "amount": sum(items.mapped("amount")),
            "contact_id": person._collection_get_contact_of(profile.partner_id),
            "allocation_ids": [
                Command.create({"line_id": line.id}) for line in items.line_id
            ],
            "is_from_portal": True,
        }
