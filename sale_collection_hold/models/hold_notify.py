from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import format_date

DECIDE = "sale_collection_hold.activity_hold"
ANSWER = "sale_collection_hold.activity_hold_answer"
REJECTED = "sale_collection_hold.activity_hold_rejected"
# Strengths a person decides on; the others wait for money or free credit.
DECIDED = ("hold", "refuse")
EVENTS = ("active", "ready", "released", "rejected")
# What only the rules and the buttons write.
DECISION_FIELDS = {
    "state",
    "strength",
    "amount",
    "rule_ids",
    "reasons",
    "cures",
    "released_by_id",
    "released_at",
    "release_reason",
    "release_until",
    "release_amount",
    "promise_id",
    "waits_for",
    "first_by_id",
    "first_amount",
    "first_until",
    "first_promise_id",
    "own_raise_by_id",
    "limit_before",
    "sold_by_id",
}


class SaleCollectionHold(models.Model):
    """Who is told what when an order is stopped or goes on.

    The controller gets an activity, the salesperson a message; both in batches: on a
    night that stops hundreds of orders nobody wants hundreds of mails.
    """

    _inherit = "sale.collection.hold"

    # === CRUD ===#

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        holds._on_state_changed()
        return holds

    def write(self, vals):
        if not self.env.su and not DECISION_FIELDS.isdisjoint(vals):
            raise self._make_write_error()
        watched = not {"state", "strength"}.isdisjoint(vals)
        before = {hold.id: _standing(hold) for hold in self} if watched else {}
        result = super().write(vals)
        moved = self.filtered(lambda hold: watched and before[hold.id][0] != hold.state)
        if moved:
            moved._on_state_changed()
        changed = (self - moved).filtered(
            lambda hold: watched and before[hold.id] != _standing(hold)
        )
        if changed:
            changed._on_strength_changed()
        return result

    @api.model
    def _make_write_error(self):
        """Return what is told to who writes what only rules and buttons do."""
        return AccessError(self.env._("Held orders are decided on with their buttons."))

    # === EVENTS ===#

    def _on_state_changed(self):
        """Tell controllers and salespersons what has become of these orders."""
        holds = self.sudo()
        active = holds.filtered(lambda hold: hold.state == "active")
        (holds - active).activity_unlink([DECIDE])
        (holds - active).filtered("waits_for").write({"waits_for": False})
        active._give_to_controllers()
        for state, group in holds.grouped("state").items():
            if state in EVENTS:
                group._tell_salespersons()
        holds.filtered(
            lambda hold: hold.state == "rejected"
        )._schedule_talks_with_customers()

    def _on_strength_changed(self):
        """Hand over what a person decides on now, take back what needs nobody."""
        active = self.sudo().filtered(lambda hold: hold.state == "active")
        decided = active.filtered(lambda hold: hold.strength in DECIDED)
        settled = (active - decided).filtered("waits_for")
        settled.activity_unlink([DECIDE])
        settled.write({"waits_for": False})
        decided.filtered(lambda hold: not hold.waits_for)._give_to_controllers()

    def _give_to_controllers(self):
        """Put orders into the list of who decides on credit."""
        for company, holds in self.grouped("company_id").items():
            new = holds.filtered(lambda hold: not hold.controller_id)
            new.write({"controller_id": company._collection_get_controller().id})
        decided = self.filtered(
            lambda hold: hold.strength in DECIDED and hold.controller_id
        )
        decided.write({"waits_for": "controller"})
        self._schedule_decisions(
            {hold: hold.controller_id for hold in decided},
            self.env._("Decide on a held order"),
        )

    def _ask_controller(self, user, summary, note):
        """Give one controller the order to decide on, instead of who had it."""
        self.activity_unlink([DECIDE])
        self._schedule_decisions({hold: user for hold in self}, summary, note)

    @api.model
    def _schedule_decisions(self, users, summary, note=""):
        """Create the activities of {hold: user}, all at once and without mails."""
        kind = self.env.ref(DECIDE)
        model_id = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": hold.id,
                    "summary": summary,
                    "note": note,
                    "date_deadline": hold.company_id._collection_today(),
                    "user_id": user.id,
                    "automated": True,
                }
                for hold, user in users.items()
            ]
        )

    def _schedule_talks_with_customers(self):
        """Have the salespersons tell their customers that nothing will be supplied."""
        for hold in self:
            hold.order_id.activity_schedule(
                REJECTED,
                date_deadline=hold.company_id._collection_today(),
                user_id=(hold.user_id or self.env.user).id,
                note=hold.release_reason,
            )

    def _tell_salespersons(self):
        """Log the news on the orders; one message to each salesperson concerned."""
        self.order_id._message_log_batch(
            {hold.order_id.id: hold._get_news() for hold in self}
        )
        for user, holds in self.grouped("user_id").items():
            if user and user != self.env.user:
                holds._notify_salesperson(user)

    def _notify_salesperson(self, user):
        holds = self.with_context(lang=user.lang)
        lines = Markup().join(
            Markup("<li>%s, %s: %s</li>")
            % (
                hold.order_id._get_html_link(),
                hold.partner_id.display_name,
                hold._get_news(),
            )
            for hold in holds
        )
        self.env["mail.thread"].with_context(
            mail_notify_force_send=False
        ).message_notify(
            body=Markup("<ul>%s</ul>") % lines,
            subject=holds._get_news_title(),
            partner_ids=user.partner_id.ids,
        )

    def _get_news_title(self):
        """Return the subject of a message about these orders, all in one state."""
        names = ", ".join(self.order_id.mapped("name")[:3])
        count = len(self)
        titles = {
            "active": self.env._("Supply waits: %(orders)s", orders=names),
            "ready": self.env._("Supply goes on: %(orders)s", orders=names),
            "released": self.env._("Released: %(orders)s", orders=names),
            "rejected": self.env._("Not supplied: %(orders)s", orders=names),
        }
        title = titles[self[0].state]
        if count <= 3:
            return title
        return self.env._("%(title)s and %(count)s more", title=title, count=count - 3)

    def _get_news(self):
        """Return one line on what has become of this order, and why."""
        self.ensure_one()
        if self.state == "active":
            reasons = self._describe_reasons(self.reasons, self.currency_id)
            return self.env._("Supply waits. %(reasons)s", reasons="; ".join(reasons))
        if self.state == "ready":
            return self.env._("What stopped it is settled: supply goes on.")
        if self.state == "released":
            return self.env._(
                "Released by %(user)s%(terms)s: %(reason)s",
                user=self.released_by_id.name or "",
                terms=self._get_release_terms(),
                reason=self.release_reason or "",
            )
        return self.env._(
            "Not supplied, decided by %(user)s: %(reason)s",
            user=self.released_by_id.name or "",
            reason=self.release_reason or "",
        )

    def _get_release_terms(self):
        """Return in words how far the release goes, empty for the whole order."""
        terms = ""
        if self.release_amount and self.release_amount < self.amount:
            terms += self.env._(
                " up to %(amount)s", amount=self.currency_id.format(self.release_amount)
            )
        if self.release_until:
            terms += self.env._(
                " until %(date)s", date=format_date(self.env, self.release_until)
            )
        if self.promise_id:
            terms += self.env._(" on promise %(promise)s", promise=self.promise_id.name)
        return terms


def _standing(hold):
    return hold.state, hold.strength
