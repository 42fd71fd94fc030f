from datetime import date, timedelta

from odoo import Command

from odoo.addons.sale_collection.tests.common import CollectionCommon


class ReminderCommon(CollectionCommon):
    """A live ladder and customers who owe."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reminders = cls.env["sale.collection.reminder"].sudo()
        cls.ladders = cls.env["sale.collection.ladder"]
        cls.texts = [
            cls.env.ref(f"sale_collection_reminder.mail_template_reminder_{name}")
            for name in ("before", "due", "first", "second", "final")
        ]
        cls.customer.write(
            {"email": "pay@example.com", "street": "Road 1", "city": "Town"}
        )
        cls.other = cls.env["res.partner"].create(
            {"name": "Other", "email": "other@example.com"}
        )
        cls.company.resource_calendar_id = cls.env["resource.calendar"].create(
            {"name": "Every day", "attendance_ids": [], "tz": "UTC"}
        )
        cls.ladder = cls.make_ladder((5, 20, 40))

    @classmethod
    def make_ladder(cls, days, live=True, entry_date="2020-01-01", **values):
        """Return a plan with mail steps on these days, live and past its first run."""
        ladder = cls.ladders.create(
            {
                "name": "Plan",
                "company_id": cls.company.id,
                "step_ids": [
                    Command.create(
                        {
                            "name": f"Day {day}",
                            "days": day,
                            "sequence": number,
                            "template_id": cls.texts[2].id,
                        }
                    )
                    for number, day in enumerate(days, 1)
                ],
                **values,
            }
        )
        if live:
            ladder._go_live(date.fromisoformat(entry_date))
            ladder._confirm_first_run()
        return ladder

    @classmethod
    def step(cls, days, ladder=None):
        steps = (ladder or cls.ladder).step_ids
        return steps.filtered(lambda step: step.days == days)

    @classmethod
    def create_invoice(cls, *args, **values):
        values.setdefault("is_move_sent", True)
        return super().create_invoice(*args, **values)

    @classmethod
    def pay(cls, invoices, amount=None, date="2026-02-01", **values):
        """Register money that has come by the nights of these tests."""
        return super().pay(invoices, amount, date=date, **values)

    def night(self, day):
        """Prepare one night and return what it made."""
        self.env.cr.flush()
        return self.reminders._prepare(date.fromisoformat(str(day)))

    def send(self, day, reminders=None):
        self.env.cr.flush()
        found = self.reminders.browse() if reminders is None else reminders
        return found._send(date.fromisoformat(str(day)))

    def walk(self, first, last):
        """Live through days, each prepared and sent; return (day, sent) pairs."""
        day, end = date.fromisoformat(first), date.fromisoformat(last)
        found = []
        while day <= end:
            self.night(day)
            found += [
                (day.isoformat(), reminder.step_id.days) for reminder in self.send(day)
            ]
            day += timedelta(1)
        return found

    def assertKeptBack(self, reason, day="2026-02-05", partner=None):
        """Assert that a night reminds nobody and says why."""
        found = self.night(day)
        if partner:
            found = found.filtered(lambda row: row.partner_id == partner)
        self.assertEqual(found.mapped("state"), ["dropped"])
        self.assertEqual(found.reason, reason)
        return found

    def assertDroppedAtSending(self, reason, reminders, day="2026-02-05"):
        self.assertEqual(set(reminders.mapped("state")), {"ready"})
        self.assertFalse(self.send(day))
        self.assertEqual(set(reminders.mapped("state")), {"dropped"})
        self.assertEqual(set(reminders.mapped("reason")), {reason})
        self.assertEqual(set(reminders.line_ids.mapped("state")), {"dropped"})
