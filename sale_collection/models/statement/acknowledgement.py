from odoo import api, models
from odoo.tools import SQL


class SaleCollectionAcknowledgement(models.AbstractModel):
    """Knows which debts customers acknowledged as a balance, and where the proof is."""

    _name = "sale.collection.acknowledgement"
    _description = "Acknowledged debts"

    @api.model
    def _get_sql(self, company):
        """Select `line_id`, `day`, `proof_model` and `proof_id` of acknowledged debts.

        Here none: addons that keep such proof add theirs by `UNION ALL`.

        :param company: root company; its branches count too
        """
        return SQL(
            """SELECT NULL::int AS line_id, NULL::date AS day,
                      NULL::varchar AS proof_model, NULL::int AS proof_id
                WHERE FALSE"""
        )

    @api.model
    def _get_open_condition(self, day, moment):
        """Return the condition that the journal item `line` was in a balance.

        By the ledger as it stood at the moment: what was paid then is in no balance,
        also where that payment is undone later; what was booked or posted later, with
        whatever date, is not known to it. Credit is no debt.

        :param SQL day: the date of the balance
        :param SQL moment: when it was read, in UTC
        """
        return SQL(
            """
            line.account_id IN (SELECT id FROM account_account
                                 WHERE account_type = 'asset_receivable')
            AND line.date <= %(day)s AND line.balance > COALESCE((
                SELECT SUM(receipt.amount) FROM sale_collection_receipt receipt
                 WHERE receipt.line_ref = line.id AND receipt.date <= %(day)s
                   AND (receipt.booked_at <= %(moment)s OR %(retold)s)), 0)
            AND %(posted)s
            """,
            day=day,
            moment=moment,
            retold=self._get_retold_condition(moment),
            posted=self._get_posted_condition(moment),
        )

    @api.model
    def _get_retold_condition(self, moment):
        """Return the condition that `receipt` undoes what is only told differently.

        The same money keeps its time: both of its rows would count.
        """
        return SQL(
            """
            EXISTS (SELECT FROM sale_collection_receipt again
                     WHERE again.line_ref = receipt.line_ref
                       AND again.counterpart_ref = receipt.counterpart_ref
                       AND again.date = receipt.date
                       AND again.reversal_of_id IS NULL
                       AND again.booked_at <= %s
                       AND again.id > (
                           SELECT MAX(undone.reversal_of_id)
                             FROM sale_collection_receipt undone
                            WHERE undone.line_ref = receipt.line_ref
                              AND undone.counterpart_ref = receipt.counterpart_ref
                              AND undone.date = receipt.date
                              AND undone.booked_at = receipt.booked_at))
            """,
            moment,
        )

    @api.model
    def _get_posted_condition(self, moment):
        """Return the condition that `line` is posted and was so at a moment.

        By the log of its document: what the first change since began with, as it was
        written in any language. Where that is in doubt the line was not, as to warn
        early costs less than to warn late.
        """
        state = self.env["ir.model.fields"]._get("account.move", "state")
        return SQL(
            """
            line.parent_state = 'posted'
            AND EXISTS (SELECT FROM account_move move
                         WHERE move.id = line.move_id
                           AND DATE_TRUNC('second', move.create_date) <= %(moment)s)
            AND COALESCE((
                SELECT change.old_value_char IN (
                           SELECT label.value
                             FROM ir_model_fields_selection choice
                            CROSS JOIN LATERAL JSONB_EACH_TEXT(choice.name) label
                            WHERE choice.field_id = %(state)s
                              AND choice.value = 'posted')
                  FROM mail_message message
                  JOIN mail_tracking_value change
                    ON change.mail_message_id = message.id
                   AND change.field_id = %(state)s
                 WHERE message.model = 'account.move'
                   AND message.res_id = line.move_id
                   AND message.date > %(moment)s
                 ORDER BY message.date, message.id LIMIT 1), TRUE)
            """,
            moment=moment,
            state=state.id,
        )
