from odoo import models

# A promise in one of these still carries the orders released on it.
CARRYING = ("open", "kept")


class SaleCollectionHold(models.Model):
    """A release on a promise lasts as long as the promise does."""

    _inherit = "sale.collection.hold"

    def _covers(self, judgement):
        # EXTENDS: not once the promise it rests on is broken or withdrawn
        promise = self.promise_id
        if promise and promise.state not in CARRYING:
            return False
        return super()._covers(judgement)

    def _expire(self):
        # EXTENDS: say why a release has ended
        lost = self.filtered(
            lambda hold: (
                hold.state == "released"
                and hold.promise_id
                and hold.promise_id.state not in CARRYING
            )
        )
        states = dict(self.promise_id._fields["state"]._description_selection(self.env))
        lost.order_id._message_log_batch(
            {
                hold.order_id.id: self.env._(
                    "The release has ended: promise %(promise)s is no longer open "
                    "(%(state)s).",
                    promise=hold.promise_id.name,
                    state=states[hold.promise_id.state],
                )
                for hold in lost
            }
        )
        return super()._expire()
