from typing import NamedTuple

from odoo import fields, models

from ..tools.sms import count_parts
from .reminder_texter import Words

# The token core gives an invoice is that long.
TOKEN = "x" * 36


class Asked(NamedTuple):
    """A message of a dry run."""

    partner: int
    step: models.BaseModel
    lines: models.BaseModel  # instalments
    amounts: list  # of each, in company currency
    due: fields.Date

    @property
    def parts(self):
        """The instalments, as the address book looks at them."""
        return [Part(line.move_id.id) for line in self.lines]


class Part(NamedTuple):
    """An instalment."""

    move: int


class SaleCollectionReminderSmsCost(models.AbstractModel):
    """Count the parts of text messages that nobody has made yet.

    As long as what will go out, with nothing written: a token that an invoice does
    not have yet is taken for one.
    """

    _name = "sale.collection.reminder.sms.cost"
    _description = "Cost of text messages ahead"

    def _estimate(self, company, messages, day):
        """Return {position in `messages`: parts} of the text messages of a dry run.

        Those kept back, opted out or without a mobile number cost nothing.

        :param company: root company
        :param messages: as `_preview_night` returns them
        :param date day: on which they go out
        """
        asked = self._find_texted(messages)
        if not asked:
            return {}
        texter = self.env["sale.collection.reminder.texter"]
        recipients = self._find_recipients(asked)
        numbers = {key: texter._get_number(one) for key, one in recipients.items()}
        blocked = texter._get_blocked(numbers.values())
        reached = {
            key: one
            for key, one in asked.items()
            if numbers[key] and numbers[key] not in blocked
        }
        days = self._find_days(company, reached, day)
        profiles = self._find_profiles(company, reached)
        text = self.env["sale.collection.reminder.text"]
        providers = text._get_providers(company)
        parts = {}
        for key, one in reached.items():
            profile = profiles.get(one.partner, self.env["sale.collection.profile"])
            words = self._prepare_words(company, one, recipients[key], profile, days)
            link = self._guess_link(one, profile, providers)
            parts[key] = count_parts(texter._fill(one.step, words, link))
        return parts

    # === COLLECT ===#

    def _find_texted(self, messages):
        """Return {position: `Asked`} of the messages that are to be texted."""
        steps = self.env["sale.collection.ladder.step"]
        steps = steps.browse({one["step_id"] for one in messages})
        texted = steps.filtered(lambda step: step.channel == "sms").grouped("id")
        wanted = {
            key: one
            for key, one in enumerate(messages)
            if one["step_id"] in texted and not one["reason"]
        }
        lines = self._get_lines(wanted.values())
        return {
            key: Asked(
                one["partner_id"],
                texted[one["step_id"]],
                # one browse of all of them: they are read together
                self._get_lines([one]).with_prefetch(lines._ids),
                [part["amount"] for part in one["lines"]],
                min(part["due_date"] for part in one["lines"]),
            )
            for key, one in wanted.items()
        }

    def _get_lines(self, messages):
        lines = self.env["account.move.line"]
        return lines.browse(
            part["line_id"] for one in messages for part in one["lines"]
        )

    def _find_recipients(self, asked):
        """Return {position: recipient}, with a fixed number of queries."""
        book = self.env["sale.collection.reminder.address.book"]
        partner_ids = sorted({one.partner for one in asked.values()})
        contacts = book._collect_contacts(partner_ids)
        book._collect_invoice_contacts(contacts, asked.values())
        partners = self.env["res.partner"].browse(partner_ids).grouped("id")
        return {
            key: book._find_people(contacts, partners[one.partner], one.step, one)[0]
            for key, one in asked.items()
        }

    def _find_days(self, company, asked, day):
        """Return {step: day by which it asks for the money}."""
        wanted = {
            one.step: fields.Date.add(day, days=one.step.pay_days)
            for one in asked.values()
        }
        working = company._collection_effective_dues(list(set(wanted.values())))
        return {step: working[own] for step, own in wanted.items()}

    def _find_profiles(self, company, asked):
        """Return {customer id: profile} of those that have one."""
        profiles = self.env["sale.collection.profile"].search(
            [
                ("partner_id", "in", [one.partner for one in asked.values()]),
                ("company_id", "=", company.id),
            ]
        )
        return {profile.partner_id.id: profile for profile in profiles}

    # === DRAW ===#

    def _prepare_words(self, company, one, recipient, profile, days):
        customer = recipient.browse(one.partner).with_prefetch(recipient._prefetch_ids)
        sender = profile and profile._get_reminder_sender(one.step.sender)
        return Words(
            company,
            customer,
            recipient.lang or customer.lang or company.partner_id.lang,
            self._sum_amounts(company, one),
            one.due,
            days[one.step],
            sender.name if sender else "",
        )

    def _sum_amounts(self, company, one):
        """Return {currency: amount} of a message, as its invoices have them."""
        totals = {}
        for line, amount in zip(one.lines, one.amounts, strict=True):
            currency = line.currency_id or company.currency_id
            if currency != company.currency_id and line.collection_residual:
                rate = line.collection_residual_currency / line.collection_residual
                amount = currency.round(amount * rate)
            totals[currency] = totals.get(currency, 0.0) + amount
        return totals

    def _guess_link(self, one, profile, providers):
        """Return a link as long as the one that will be sent; None without."""
        text = self.env["sale.collection.reminder.text"]
        payable = [
            line
            for line in one.lines
            if line.move_id.is_sale_document()
            and text._find_providers(line.move_id, providers)
        ]
        if len(payable) == 1:
            move = payable[0].move_id
            return (
                f"{move.get_base_url()}{move.access_url}?access_token={TOKEN}"
                "&payment=True#portal_pay"
            )
        currencies = {line.currency_id for line in payable}
        if len(currencies) != 1 or not profile:
            return None
        return profile._get_pay_link(one.lines)
