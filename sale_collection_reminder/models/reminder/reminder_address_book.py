from typing import NamedTuple

from odoo import models

from odoo.addons.sale_collection.models.core.contact_role import ROLES

from ...tools.night import Message

# The roles in the order in which an escalation is copied on.
ROLE_ORDER = [role for role, __ in ROLES[:3]]

# What decides on the channel; of a form of a partner there is ten times as much.
ADDRESS_FIELDS = ("email_normalized", "phone", "street", "zip", "city", "lang")


class Addressed(NamedTuple):
    """A message with its channel, people and state."""

    message: Message
    channel: str
    state: str
    recipient: int | None = None
    user: int | None = None
    lang: str | None = None
    copies: tuple = ()


class Manner(NamedTuple):
    """How a step writes: what its fields say, read once for all its messages."""

    channel: str
    automatic: bool
    recipient_role: str
    copy_next_role: bool
    sender: str


class Contacts(NamedTuple):
    """Whom customers are reached by."""

    roles: dict  # (partner id, role) -> contact
    invoicing: dict  # partner id -> contacts for invoices, the first one first
    invoices: dict  # move id -> contact an invoice was made out to
    ids: set  # of all of them and of the customers: they are read together


class SaleCollectionReminderAddressBook(models.AbstractModel):
    """Find who gets a message, who signs it, and in which language it is written."""

    _name = "sale.collection.reminder.address.book"
    _description = "Address book of reminders"

    def _address(self, company, night, messages, profiles, known=()):
        """Give messages their people; keep back those that reach nobody.

        :param profiles: {customer: profile id}
        :param known: keys of messages that wait already: their people stay
        :return: list of `Addressed`
        """
        step_ids = {message.step for message in messages}
        steps = self.env["sale.collection.ladder.step"].browse(sorted(step_ids))
        steps = {
            step.id: Manner(*(step[name] for name in Manner._fields)) for step in steps
        }
        fresh = {one.partner for one in messages if self._is_fresh(one, known)}
        contacts = self._collect_contacts(sorted(fresh))
        self._collect_invoice_contacts(contacts, messages)
        # one browse of all of them: they are read together
        partners = self.env["res.partner"].browse(sorted(fresh)).grouped("id")
        profile_ids = {profiles[partner_id] for partner_id in fresh}
        owners = self.env["sale.collection.profile"].browse(sorted(profile_ids))
        owners = owners.grouped("id")
        addressed = []
        for message in messages:
            step = steps[message.step]
            one = Addressed(message, step.channel, self._get_first_state(message, step))
            if self._is_fresh(message, known):
                partner = partners[message.partner]
                profile = owners[profiles[message.partner]]
                customer = night.facts.customers[message.partner]
                people = self._find_people(contacts, partner, step, message)
                user_id = self._get_sender_id(customer, profile, step.sender)
                one = self._add_people(one, company, partner, people, user_id)
            addressed.append(one)
        return addressed

    def _is_fresh(self, message, known):
        return not message.reason and message.key not in known

    def _get_first_state(self, message, step):
        if message.reason:
            return "dropped"
        goes_alone = step.automatic and not message.plan.is_first_run
        return "ready" if goes_alone else "candidate"

    def _collect_contacts(self, partner_ids):
        """Return the `Contacts` of customers, with a fixed number of queries."""
        found = Contacts({}, {}, {}, set(partner_ids))
        roles = self.env["sale.collection.contact.role"].search_fetch(
            [("customer_id", "in", partner_ids), ("contact_id.active", "=", True)],
            ["customer_id", "contact_id", "role"],
            order="customer_id, role, id",
        )
        for role in roles:
            key = role.customer_id.id, role.role
            found.roles.setdefault(key, role.contact_id)
        found.ids.update(roles.contact_id.ids)
        others = self.env["res.partner"].search(
            [("commercial_partner_id", "in", partner_ids), ("type", "=", "invoice")],
            order="commercial_partner_id, id",
        )
        for contact in others:
            key = contact.commercial_partner_id.id
            found.invoicing[key] = found.invoicing.get(key, contact) | contact
        found.ids.update(others.ids)
        others.browse(found.ids).fetch(ADDRESS_FIELDS)
        return found

    def _collect_invoice_contacts(self, contacts, messages):
        """Read to whom the invoices of customers with several addresses went."""
        several = {key for key, found in contacts.invoicing.items() if len(found) > 1}
        move_ids = {
            part.move
            for message in messages
            if message.partner in several
            for part in message.parts
        }
        for move in self.env["account.move"].browse(sorted(move_ids)):
            if move.partner_id in contacts.invoicing[move.commercial_partner_id.id]:
                contacts.invoices[move.id] = move.partner_id

    def _find_people(self, contacts, partner, step, message):
        """Return the recipient of a message, and who gets a copy.

        The contact with the role of the step, else the address of the invoices; an
        escalation is copied to the contact of the next role. Where the invoices went
        to several addresses, that of the oldest gets it and the others a copy.
        """
        role = step.recipient_role
        recipient = contacts.roles.get((partner.id, role))
        copies = partner.browse()
        if not recipient:
            own = contacts.invoicing.get(partner.id, partner)
            if len(own) > 1:
                named = [contacts.invoices.get(part.move) for part in message.parts]
                named = copies.union(*filter(None, named))
                recipient, copies = named[:1], named[1:]
            recipient = recipient or own[:1]
        later = ROLE_ORDER[ROLE_ORDER.index(role) + 1 :] if step.copy_next_role else ()
        others = (contacts.roles.get((partner.id, other)) for other in later)
        copy = next((one for one in others if one and one != recipient), None)
        recipient = recipient.with_prefetch(contacts.ids)
        return recipient, copies | copy if copy else copies

    def _get_sender_id(self, customer, profile, sender):
        """Return the id of the user who signs a message, None without."""
        if sender == "collector" and customer.profile:
            return customer.user  # read already
        return profile._get_reminder_sender(sender).id or None

    def _add_people(self, addressed, company, partner, people, user_id):
        """Return a message with its people, by a channel that reaches them.

        Kept back where the customer has no address at all.
        """
        recipient, copies = people
        sender = self.env["sale.collection.reminder.sender"]
        channel = sender._find_channel(addressed.channel, recipient)
        if channel:
            addressed = addressed._replace(channel=channel)
        else:
            message = addressed.message._replace(reason="no_address")
            addressed = addressed._replace(message=message, state="dropped")
        return addressed._replace(
            recipient=recipient.id,
            user=user_id,
            lang=recipient.lang or partner.lang or company.partner_id.lang,
            copies=tuple(copies.ids),
        )
