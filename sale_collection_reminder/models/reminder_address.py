from typing import NamedTuple

from odoo import api, models

from odoo.addons.sale_collection.models.core.contact_role import ROLES
from .reminder_decide import Wanted

# Whom an escalation goes on to.
ROLE_ORDER = [role for role, __ in ROLES[:3]]


class Addressed(NamedTuple):
    """A wanted message with its channel, people and state."""

    wanted: Wanted
    channel: str
    state: str
    recipient: int | None = None
    user: int | None = None
    lang: str | None = None
    copies: tuple = ()


class SaleCollectionReminder(models.Model):
    """Who gets a message, who signs it, in which language."""

    _inherit = "sale.collection.reminder"

    @api.model
    def _address(self, company, night, wanted, waiting, profiles):
        """Give messages their people; keep back those nobody can be reached by.

        One that waits from an earlier night keeps the people it was given.

        :param waiting: messages of earlier nights, as `Waiting`
        :return: list of `Addressed`
        """
        steps = self.env["sale.collection.ladder.step"].browse(
            sorted({message.step for message in wanted})
        )
        by_id = {step.id: step for step in steps}
        known = {row.key for row in waiting if row.state == "candidate"}
        fresh = [
            message
            for message in wanted
            if not message.reason and message.key not in known
        ]
        partner_ids = {message.partner for message in fresh}
        book = self._open_address_book(company, night, partner_ids, profiles)
        addressed = []
        for message in wanted:
            step = by_id[message.step]
            state = self._get_first_state(message, step)
            if message.reason or message.key in known:
                addressed.append(Addressed(message, step.channel, state))
            else:
                addressed.append(book.address(message, step, state))
        return addressed

    @api.model
    def _get_first_state(self, message, step):
        if message.reason:
            return "dropped"
        alone = step.automatic and not message.plan.is_first_run
        return "ready" if alone else "candidate"

    @api.model
    def _open_address_book(self, company, night, partner_ids, profiles):
        """Return who of these customers can be reached how, read at once."""
        roles = self.env["sale.collection.contact.role"].search_fetch(
            [
                ("customer_id", "in", list(partner_ids)),
                ("contact_id.active", "=", True),
            ],
            ["customer_id", "contact_id", "role"],
            order="customer_id, role, id",
        )
        invoicing = self.env["res.partner"].search(
            [
                ("commercial_partner_id", "in", list(partner_ids)),
                ("type", "=", "invoice"),
            ],
            order="commercial_partner_id, id",
        )
        return AddressBook(
            self, company, night, partner_ids, profiles, roles, invoicing
        )

    # === WHO CAN BE REACHED ===#

    @api.model
    def _is_reachable(self, channel, recipient):
        """Tell whether a channel has an address of the recipient."""
        if channel == "mail":
            return bool(recipient.email_normalized)
        if channel == "letter":
            return bool(recipient.city and (recipient.street or recipient.zip))
        return True


class AddressBook:
    """Contacts by customer and role, and the people of ours who deal with it."""

    def __init__(self, reminders, company, night, partner_ids, profiles, roles, others):
        self.reminders, self.night = reminders, night
        self.lang = company.partner_id.lang
        env = reminders.env
        self.partners = dict(_by_id(env["res.partner"].browse(sorted(partner_ids))))
        self.profiles = {
            partner_id: env["sale.collection.profile"].browse(profiles[partner_id])
            for partner_id in partner_ids
        }
        self.roles = {}
        for role in roles:
            self.roles.setdefault((role.customer_id.id, role.role), role.contact_id)
        self.invoicing = {}
        for contact in others:
            self.invoicing.setdefault(contact.commercial_partner_id.id, contact)

    def address(self, message, step, state):
        """Return the message as `Addressed`; kept back when there is no address."""
        partner = self.partners[message.partner]
        recipient = self.get_recipient(partner, step.recipient_role)
        if not self.reminders._is_reachable(step.channel, recipient):
            message, state = message._replace(reason="no_address"), "dropped"
        return Addressed(
            message,
            step.channel,
            state,
            recipient.id,
            self.get_sender(partner, step.sender),
            recipient.lang or partner.lang or self.lang,
            self.get_copies(message.partner, step, recipient),
        )

    def get_recipient(self, partner, role):
        """Return the contact with a role, else the invoice address."""
        return (
            self.roles.get((partner.id, role))
            or self.invoicing.get(partner.id)
            or partner
        )

    def get_sender(self, partner, sender):
        """Return the id of who signs; the profile's collector is known already."""
        if sender == "collector" and partner.id in self.night.customers:
            return self.night.customers[partner.id].user
        return self.profiles[partner.id]._get_reminder_sender(sender).id or None

    def get_copies(self, partner_id, step, recipient):
        """Return whom an escalation is copied to: the contact of the next role."""
        if not step.copy_next_role:
            return ()
        later = ROLE_ORDER[ROLE_ORDER.index(step.recipient_role) + 1 :]
        for role in later:
            contact = self.roles.get((partner_id, role))
            if contact and contact != recipient:
                return (contact.id,)
        return ()


def _by_id(records):
    return ((record.id, record) for record in records)
