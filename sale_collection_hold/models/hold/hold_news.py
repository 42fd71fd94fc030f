from markupsafe import Markup

from odoo import api, fields, models

DECIDE = "sale_collection_hold.activity_hold"
ANSWER = "sale_collection_hold.activity_hold_answer"
REJECTED = "sale_collection_hold.activity_hold_rejected"
# Strengths a person decides on; the others wait for money or free credit.
DECIDED = ("hold", "refuse")
EVENTS = ("active", "ready", "released", "rejected")


class SaleCollectionHoldNews(models.AbstractModel):
    """Tell people when an order is stopped or goes on.

    The controller gets an activity, the salesperson a message; both in batches: on a
    night that stops hundreds of orders nobody wants hundreds of mails.
    """

    _name = "sale.collection.hold.news"
    _description = "News of held orders"

    @api.model
    def _tell_state(self, holds):
        """Tell controllers and salespersons that these holds have a new state."""
        holds = holds.sudo()
        active = holds.filtered(lambda hold: hold.state == "active")
        (holds - active).activity_unlink([DECIDE])
        (holds - active).filtered("waits_for").write({"waits_for": False})
        self._give_to_controllers(active)
        for state, group in holds.grouped("state").items():
            if state in EVENTS:
                self._tell_salespersons(group)
        self._schedule_talks(holds.filtered(lambda hold: hold.state == "rejected"))

    @api.model
    def _tell_strength(self, holds):
        """Hand over what a person decides on now, take back what needs nobody."""
        active = holds.sudo().filtered(lambda hold: hold.state == "active")
        decided = active.filtered(lambda hold: hold.strength in DECIDED)
        settled = (active - decided).filtered("waits_for")
        settled.activity_unlink([DECIDE])
        settled.write({"waits_for": False})
        self._give_to_controllers(decided.filtered(lambda hold: not hold.waits_for))

    # === CONTROLLERS ===#

    @api.model
    def _give_to_controllers(self, holds):
        """Put orders into the list of the user who decides on credit."""
        for company, group in holds.grouped("company_id").items():
            new = group.filtered(lambda hold: not hold.controller_id)
            new.write({"controller_id": company._collection_get_controller().id})
        decided = holds.filtered(
            lambda hold: hold.strength in DECIDED and hold.controller_id
        )
        decided.write({"waits_for": "controller"})
        users = {hold: hold.controller_id for hold in decided}
        summaries = {
            lang: self.with_context(lang=lang).env._("Decide on a held order")
            for lang in {user.lang for user in users.values()}
        }
        self._schedule_decisions(users, summaries)

    @api.model
    def _ask_controller(self, hold, user, summary, note):
        """Give one controller the order to decide on, instead of who had it."""
        hold.activity_unlink([DECIDE])
        self._schedule_decisions({hold: user}, {user.lang: summary}, note)

    @api.model
    def _schedule_decisions(self, users, summaries, note=""):
        """Create the activities of {hold: user}, all at once and without mails.

        :param dict summaries: {language: words}, in the languages of the users
        """
        kind = self.env.ref(DECIDE)
        model_id = self.env["ir.model"]._get_id("sale.collection.hold")
        activities = self.env["mail.activity"].sudo()
        activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": kind.id,
                    "res_model_id": model_id,
                    "res_id": hold.id,
                    "summary": summaries[user.lang],
                    "note": note,
                    "date_deadline": hold.company_id._collection_today(),
                    "user_id": user.id,
                    "automated": True,
                }
                for hold, user in users.items()
            ]
        )

    @api.model
    def _tell_gone(self, stopped):
        """Tell the controller of changed orders whose goods have left already.

        :param stopped: {order: Judgement} of orders that would have to wait now
        """
        for order, judgement in stopped.items():
            if not any(
                line.qty_delivered > 0 for line in order._collection_get_goods()
            ):
                continue
            company = order.company_id.root_id
            controller = company._collection_get_controller()
            words = self.with_context(lang=controller.lang or self.env.lang).env
            texts = words["sale.collection.hold.text"]
            reasons = texts._describe_reasons(
                judgement.reasons(*texts._get_words()), company.currency_id
            )
            note = words._(
                "%(user)s changed %(order)s after goods of it had left. As it is now "
                "they would have had to wait: %(reasons)s",
                user=self.env.user.name,
                order=order.name,
                reasons="; ".join(reasons),
            )
            profiles = self.env["sale.collection.profile"].sudo().with_company(company)
            profile = profiles._for(order.partner_invoice_id)
            if not controller:
                profile._message_log(body=note)
                continue
            profile.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=company._collection_today(),
                summary=words._("Goods of %(order)s have left", order=order.name),
                note=note,
                user_id=controller.id,
            )

    # === SALESPERSONS ===#

    @api.model
    def _schedule_talks(self, holds):
        """Have salespersons tell their customers that nothing will be supplied."""
        for hold in holds:
            self._schedule_for_salesperson(hold, REJECTED, hold.release_reason)

    @api.model
    def _schedule_for_salesperson(self, hold, kind, note):
        hold.order_id.activity_schedule(
            kind,
            date_deadline=hold.company_id._collection_today(),
            user_id=(hold.user_id or self.env.user).id,
            note=note,
        )

    @api.model
    def _tell_salespersons(self, holds):
        """Log the news on the orders; one message to each salesperson concerned."""
        texts = self.env["sale.collection.hold.text"]
        holds.order_id._message_log_batch(
            {hold.order_id.id: texts._get_news(hold) for hold in holds}
        )
        for user, group in holds.grouped("user_id").items():
            if user and user != self.env.user:
                self._notify_salesperson(user, group)

    @api.model
    def _notify_salesperson(self, user, holds):
        texts = self.env["sale.collection.hold.text"].with_context(lang=user.lang)
        lines = Markup().join(
            Markup("<li>%s, %s: %s</li>")
            % (
                hold.order_id._get_html_link(),
                hold.partner_id.display_name,
                texts._get_news(hold),
            )
            for hold in holds.with_context(lang=user.lang)
        )
        thread = self.env["mail.thread"].sudo()
        thread.with_context(mail_notify_force_send=False).message_notify(
            body=Markup("<ul>%s</ul>") % lines,
            subject=texts._get_news_title(holds),
            partner_ids=user.partner_id.ids,
        )

    # === QUESTIONS ===#

    @api.model
    def _ask_release(self, holds, reason):
        """Put these orders before their controller, with what the salesperson says.

        Also the answer to a question: the order is the controller's again.
        """
        for hold in holds:
            hold.sudo().write(
                {
                    "asked_by_id": self.env.uid,
                    "asked_at": fields.Datetime.now(),
                    "asked_reason": reason,
                    "question": False,
                    "waits_for": "controller",
                }
            )
            hold.sudo().message_post(body=reason, subtype_xmlid="mail.mt_note")
            user = self._get_controller(hold)
            words = self.with_context(lang=user.lang).env
            summary = words._("%(user)s asks for release", user=self.env.user.name)
            self._ask_controller(hold.sudo(), user, summary, reason)
        holds.sudo().order_id.activity_feedback([ANSWER], feedback=reason)

    @api.model
    def _get_controller(self, hold):
        company = hold.sudo().company_id
        found = hold.sudo().controller_id or company._collection_get_controller()
        return found or self.env.user

    @api.model
    def _ask_salesperson(self, holds, question):
        """Have the salesperson answer a question before the release is decided."""
        holds._check_controller()
        holds.check_access("read")
        for hold in holds.sudo():
            hold.write({"question": question, "waits_for": "rep"})
            hold.message_post(body=question, subtype_xmlid="mail.mt_note")
            self._schedule_for_salesperson(hold, ANSWER, question)
