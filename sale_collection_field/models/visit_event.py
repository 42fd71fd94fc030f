from datetime import timedelta

from odoo import Command, fields, models

from ..tools.visit import get_moment


class SaleCollectionVisitEvent(models.AbstractModel):
    """A visit that collects is an event in its visitor's own calendar.

    The calendar is core's, where it is installed; visits do without.
    """

    _name = "sale.collection.visit.event"
    _description = "Visit in the calendar"

    def _find_events(self):
        """Return the calendar events of these visits; none without the calendar."""
        if "calendar.event" not in self.env:
            return self.browse()
        # Nobody is invited: it is the visitor's own calendar.
        events = self.env["calendar.event"].sudo()
        events = events.with_context(no_mail_to_attendees=True, active_test=False)
        return events.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )

    def _show_in_calendar(self):
        """Keep one event in the visitor's calendar for each visit that collects."""
        collecting = self.sudo().filtered("promise_id")
        if "calendar.event" not in self.env or not collecting:
            return
        events = collecting._find_events()
        known = events.grouped("res_id")
        for visit in collecting:
            event = known.get(visit.id, events.browse())
            if visit.state == "cancelled":
                event.unlink()
            elif event:
                event.write(visit._prepare_event())
            else:
                events.create(visit._prepare_event())

    def _prepare_event(self):
        """Return values of an hour at the time of the visit, or of its whole day."""
        zone = self.user_id.tz or self.company_id._collection_get_zone() or "UTC"
        moment = fields.Datetime.to_datetime(self.date)
        values = {"start": moment, "stop": moment, "allday": True}
        if self.hour:
            start = get_moment(self.date, self.hour, zone)
            stop = start + timedelta(hours=1)
            values = {"start": start, "stop": stop, "allday": False}
        lang = self.user_id.lang
        return {
            **values,
            "name": self.with_context(lang=lang).env._(
                "Collect: %(customer)s", customer=self.partner_id.name
            ),
            "location": self.address,
            "user_id": self.user_id.id,
            "partner_ids": [Command.set(self.user_id.partner_id.ids)],
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
        }
