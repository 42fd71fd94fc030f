from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class SaleCollectionContactLog(models.TransientModel):
    """Save what was heard: the contact and all that follows from it."""

    _inherit = "sale.collection.contact.log"

    # === DECIDE ===#

    def _check_complete(self):
        """Refuse a half-told talk, naming what is missing."""
        if not self.result:
            raise UserError(self.env._("Result: say what came of the contact."))
        if self.result == "disputes" and not self.reason_id:
            raise UserError(self.env._("Stated reason: say what they dispute."))

    def _prepare_contact(self):
        moves = self._get_moves()
        return {
            "profile_id": self.profile_id.id,
            "type": self.type,
            "result": self.result,
            "contact_id": self.contact_id.id,
            **({"move_ids": [Command.set(moves.ids)]} if moves else {}),
            "reason_id": self.reason_id.id,
            "confirmed_reason_id": self.confirmed_reason_id.id,
            "sign_ids": [Command.set(self.sign_ids.ids)],
            "note": self.note or self.default_note,
            "next_date": self.next_date,
        }

    def _prepare_dispute(self):
        lines = self.line_ids.filtered("disputed")
        return {
            "profile_id": self.profile_id.id,
            "reason_id": self.reason_id.id,
            "user_id": self.dispute_user_id.id,
            "deadline": self.dispute_deadline,
            "note": self.note,
            "line_ids": [
                Command.create({"line_id": line.line_id.id, "amount": line.disputed})
                for line in lines
            ],
        }

    # === APPLY ===#

    def _save_right_person(self):
        """Keep the right person with its role as a contact of the customer."""
        if self.result != "wrong_person" or not self.right_name:
            return
        # Who talks to the customer may note whom to talk to, whatever other rights.
        person = (
            self.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": self.right_name,
                    "phone": self.right_phone,
                    "email": self.right_email,
                    "parent_id": self.partner_id.id,
                    "type": "contact",
                }
            )
        )
        self.env["sale.collection.contact.role"].create(
            {
                "customer_id": self.partner_id.id,
                "contact_id": person.id,
                "role": self.right_role or "handler",
            }
        )

    def _invite_manager(self, contact):
        """Ask the manager to a meeting with the customer on the next date."""
        if not (self.next_date and self.manager_id):
            raise UserError(
                self.env._("Next date: choose the day and the manager of the meeting.")
            )
        if "calendar.event" in self.env:
            self.env["calendar.event"].create(self._prepare_meeting(contact))
        else:
            self.profile_id.activity_schedule(
                "sale_collection.activity_meeting",
                date_deadline=self.next_date,
                user_id=self.manager_id.id,
                note=contact.note,
            )

    def _prepare_meeting(self, contact):
        """Return a meeting of one hour at ten in the morning of the user."""
        zone = ZoneInfo(self.env.user.tz or "UTC")
        start = datetime.combine(self.next_date, time(10), tzinfo=zone)
        start = start.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
        people = self.env.user.partner_id | self.manager_id.partner_id
        return {
            "name": self.env._("Meeting: %(customer)s", customer=self.partner_id.name),
            "start": start,
            "stop": start + timedelta(hours=1),
            "partner_ids": [Command.set(people.ids)],
            "description": contact.note,
        }
