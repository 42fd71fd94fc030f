from odoo import api, models
from odoo.tools import format_date
from odoo.tools.misc import formatLang

# Said by their name alone: there is no figure to compare.
PLAIN_CODES = {"term_missing", "no_review"}
# Verdicts worth putting before the controller while the order is a quotation.
ASKABLE = ("limit", "prepay", "hold", "refuse")


class SaleCollectionHoldText(models.AbstractModel):
    """The words for verdicts and holds: reasons, cures, banners, news.

    In the language of the environment.
    """

    _name = "sale.collection.hold.text"
    _description = "Words for held orders"

    @api.model
    def _get_words(self):
        """Return the language of rule names, and what a reminder step is called."""
        return self.env.lang or "en_US", self.env._("Reminder plan")

    # === REASONS ===#

    @api.model
    def _describe_reasons(self, reasons, currency):
        """Return one line for each reason of a verdict.

        :param reasons: dicts with `code`, `measured`, `threshold` and `unit`
        :param currency: of the amounts
        """
        labels = dict(
            self.env["sale.collection.hold.condition"]
            ._fields["code"]
            ._description_selection(self.env)
        )
        return [
            # A kept reason may be of an addon that is not installed any more.
            self._describe_reason(
                reason, labels.get(reason["code"]) or reason.get("rule", ""), currency
            )
            for reason in _merge_reasons(reasons or ())
        ]

    @api.model
    def _describe_reason(self, reason, label, currency):
        if reason["code"] in PLAIN_CODES or reason["measured"] is None:
            return label
        measured = self._format_measure(reason["measured"], reason["unit"], currency)
        if reason["threshold"] is None:
            return self.env._("%(what)s: %(measured)s", what=label, measured=measured)
        return self.env._(
            "%(what)s: %(measured)s (allowed: %(threshold)s)",
            what=label,
            measured=measured,
            threshold=self._format_measure(
                reason["threshold"], reason["unit"], currency
            ),
        )

    @api.model
    def _format_measure(self, value, unit, currency):
        """Return a measured value in words; grades come as their names."""
        if isinstance(value, str):
            return value
        if unit == "amount":
            return currency.format(value)
        if unit == "percent":
            return self.env._("%(share)s %%", share=formatLang(self.env, value, 0))
        if unit == "days":
            return self.env._("%(days)s days", days=int(value))
        return str(int(value))

    # === CURES ===#

    @api.model
    def _describe_cures(self, cures, currency):
        """Return one line for each way out, in the order given.

        :param cures: dicts with `kind`, `amount`, `documents` and `complete`
        :param currency: of the amounts
        """
        lines = []
        for cure in cures or ():
            line = self._describe_cure(cure, currency)
            if not cure["complete"]:
                line = self.env._("%(cure)s (not enough alone)", cure=line)
            lines.append(line)
        return lines

    @api.model
    def _describe_cure(self, cure, currency):
        amount = currency.format(cure["amount"])
        documents = ", ".join(row["name"] for row in cure["documents"])
        if cure["kind"] == "pay" and documents:
            return self.env._(
                "Customer pays %(amount)s: %(documents)s",
                amount=amount,
                documents=documents,
            )
        if cure["kind"] == "term":
            return self.env._(
                "Payment terms of at most %(days)s days", days=int(cure["amount"])
            )
        texts = {
            "pay": self.env._("Customer pays %(amount)s", amount=amount),
            "due": self.env._(
                "Customer pays %(amount)s due of this order", amount=amount
            ),
            "limit": self.env._("%(amount)s more credit limit", amount=amount),
            "prepay": self.env._("Customer prepays %(amount)s", amount=amount),
            "reduce": self.env._("An order smaller by %(amount)s", amount=amount),
            "review": self.env._("An approved credit review"),
            "release": self.env._("Release by a credit controller"),
        }
        return texts[cure["kind"]]

    @api.model
    def _describe(self, verdict, company):
        """Return reasons and cures of a verdict, or of a hold, in words."""
        currency = company.currency_id
        return {
            "reasons": self._describe_reasons(verdict["reasons"], currency),
            "cures": self._describe_cures(verdict["cures"], currency),
        }

    # === BANNER OF AN ORDER ===#

    @api.model
    def _get_banner(self, hold):
        """Return what the order form shows of its hold; nothing without one."""
        if not hold:
            return {}
        waiting = hold.state in ("active", "rejected")
        facts = self._describe(hold, hold.company_id)
        return {
            "level": "danger" if waiting else "info",
            "title": self._get_banner_title(hold),
            "note": self._get_banner_note(hold),
            "reasons": facts["reasons"] if waiting else [],
            "cures": facts["cures"] if hold.state == "active" else [],
            "can_request": waiting,
        }

    @api.model
    def _get_banner_title(self, hold):
        if hold.state != "active":
            return self._get_news(hold)
        currency = hold.currency_id
        titles = {
            "limit": self.env._("Only a part is supplied"),
            "prepay": self.env._(
                "Supply waits for prepayment: received %(received)s of %(amount)s",
                received=currency.format(hold.amount_received),
                amount=currency.format(hold.amount),
            ),
            "hold": self.env._("Supply waits"),
            "refuse": self.env._("This order cannot be confirmed"),
        }
        return titles[hold.strength]

    @api.model
    def _get_banner_note(self, hold):
        """Return whose turn it is."""
        if hold.state != "active" or not hold.waits_for:
            return ""
        if hold.waits_for == "rep":
            return self.env._(
                "The credit controller asks: %(question)s", question=hold.question or ""
            )
        if hold.waits_for == "second":
            return self.env._(
                "Released by %(user)s, a second person has to confirm.",
                user=hold.first_by_id.name,
            )
        if hold.asked_at:
            return self.env._(
                "%(user)s asked for release on %(date)s.",
                user=hold.asked_by_id.name,
                date=format_date(self.env, hold.asked_at),
            )
        return self.env._(
            "%(user)s decides.", user=hold.controller_id.name or self.env._("Nobody")
        )

    @api.model
    def _get_verdict_banner(self, verdict, company):
        """Return what a quotation shows of a verdict; nothing if nothing is wrong."""
        if not verdict or verdict["strength"] == "none":
            return {}
        strength = verdict["strength"]
        facts = self._describe(verdict, company)
        if strength not in ASKABLE:  # nothing waits: nothing is to be freed
            facts["cures"] = []
        return {
            **self._get_strength_banner(strength),
            **facts,
            "can_request": strength in ASKABLE,
        }

    @api.model
    def _get_customer_banner(self, order):
        """Return what an order that is not saved yet shows of its customer."""
        customer = order.partner_id.commercial_partner_id
        profile = customer.with_company(order.company_id).collection_profile_id
        return self._get_strength_banner(profile.hold_state)

    @api.model
    def _get_strength_banner(self, strength):
        """Return what is said where only the strength of a verdict is known."""
        if not strength or strength == "none":
            return {}
        titles = {
            "warn": self.env._("Before you confirm"),
            "limit": self.env._("Confirmed now, only a part can be supplied"),
            "prepay": self.env._("Confirmed now, supply waits for prepayment"),
            "hold": self.env._("Confirmed now, supply waits"),
            "refuse": self.env._("This order cannot be confirmed"),
        }
        return {
            "level": "warning" if strength == "warn" else "danger",
            "title": titles[strength],
        }

    # === NEWS ===#

    @api.model
    def _get_news_title(self, holds):
        """Return the subject of a message about held orders, all in one state."""
        names = ", ".join(holds.order_id.mapped("name")[:3])
        count = len(holds)
        titles = {
            "active": self.env._("Supply waits: %(orders)s", orders=names),
            "ready": self.env._("Supply goes on: %(orders)s", orders=names),
            "released": self.env._("Released: %(orders)s", orders=names),
            "rejected": self.env._("Not supplied: %(orders)s", orders=names),
        }
        title = titles[holds[0].state]
        if count <= 3:
            return title
        return self.env._("%(title)s and %(count)s more", title=title, count=count - 3)

    @api.model
    def _get_news(self, hold):
        """Return one line on what has become of this order, and why."""
        if hold.state == "active":
            reasons = self._describe_reasons(hold.reasons, hold.currency_id)
            return self.env._("Supply waits. %(reasons)s", reasons="; ".join(reasons))
        if hold.state == "ready":
            return self.env._("What stopped it is settled: supply goes on.")
        if hold.state == "released":
            return self.env._(
                "Released by %(user)s%(terms)s: %(reason)s",
                user=hold.released_by_id.name or "",
                terms=self._get_release_terms(hold),
                reason=hold.release_reason or "",
            )
        return self.env._(
            "Not supplied, decided by %(user)s: %(reason)s",
            user=hold.released_by_id.name or "",
            reason=hold.release_reason or "",
        )

    @api.model
    def _get_release_terms(self, hold):
        """Return in words how far the release goes, empty for the whole order."""
        terms = ""
        if hold.release_amount and hold.release_amount < hold.amount:
            terms += self.env._(
                " up to %(amount)s", amount=hold.currency_id.format(hold.release_amount)
            )
        if hold.release_until:
            terms += self.env._(
                " until %(date)s", date=format_date(self.env, hold.release_until)
            )
        if hold.promise_id:
            terms += self.env._(" on promise %(promise)s", promise=hold.promise_id.name)
        return terms


def _merge_reasons(reasons):
    """Return one reason for each thing measured, by the rule that allows most.

    Days overdue above 0 say nothing beside days overdue above 30.
    """
    merged = {}
    for reason in reasons:
        key = reason["code"], str(reason["measured"])
        kept = merged.get(key)
        if kept is None or _get_allowed(reason) > _get_allowed(kept):
            merged[key] = reason
    return list(merged.values())


def _get_allowed(reason):
    threshold = reason["threshold"]
    return threshold if isinstance(threshold, int | float) else 0.0
