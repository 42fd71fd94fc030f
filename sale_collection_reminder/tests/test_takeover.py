from odoo.tests import tagged

from .common import ReminderCommon


@tagged("post_install", "-at_install")
class TestTakeover(ReminderCommon):
    """Reminders that wait are signed by whoever takes over."""

    def test_waiting_reminders_are_signed_by_the_successor(self):
        rep, heir = (self.new_user(name) for name in ("rep", "heir"))
        self.customer.user_id = rep
        self.create_invoice(1000, "2026-01-01", "2026-01-31")
        self.env["sale.collection.profile"]._for(self.customer).user_id = rep
        [sent] = self.night("2026-02-05")
        self.assertEqual(sent.user_id, rep)
        self.send("2026-02-05")
        self.step(20).automatic = False
        [waiting] = self.night("2026-02-20")
        self.assertEqual((waiting.user_id, waiting.state), (rep, "candidate"))
        dialog = self.env["sale.collection.takeover.dialog"].create(
            {"from_user_id": rep.id, "to_user_id": heir.id}
        )
        dialog.action_preview()
        dialog.action_apply()
        self.assertEqual(waiting.user_id, heir)
        self.assertEqual(waiting.sender_name, heir.name)
        self.assertEqual(sent.user_id, rep)
