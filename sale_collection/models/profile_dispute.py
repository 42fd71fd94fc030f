from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.tools import SQL


class SaleCollectionProfile(models.Model):
    """What the customer disputes, and what we still owe it ourselves."""

    _inherit = "sale.collection.profile"

    dispute_ids = fields.One2many("sale.collection.dispute", "profile_id")
    open_dispute_count = fields.Integer(compute="_compute_open_dispute_count")

    @api.depends("dispute_ids.state")
    def _compute_open_dispute_count(self):
        counts = dict(
            self.env["sale.collection.dispute"]._read_group(
                [("profile_id", "in", self.ids), ("state", "=", "open")],
                ["profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.open_dispute_count = counts.get(profile._origin, 0)

    # === COLLECT ===#

    @api.model
    def _collect_disputed(self, company, today, partner_ids):
        # EXTENDS: what is in open disputes, at most what is still open
        rows = self.env.execute_query(
            SQL(
                """
                SELECT customer.commercial_partner_id,
                       SUM(LEAST(disputed.amount, line.amount_residual))::float8
                  FROM (
                        SELECT part.line_id, SUM(part.amount) AS amount
                          FROM sale_collection_dispute_line part
                          JOIN sale_collection_dispute dispute
                            ON dispute.id = part.dispute_id
                         WHERE dispute.state = 'open'
                           AND dispute.company_id = %(company)s
                      GROUP BY part.line_id
                       ) disputed
                  JOIN account_move_line line ON line.id = disputed.line_id
                  JOIN res_partner customer ON customer.id = line.partner_id
                 WHERE line.parent_state = 'posted'
                   AND line.amount_residual > 0
                   AND COALESCE(line.date_maturity, line.date) < %(today)s
                   AND customer.commercial_partner_id = ANY(%(partners)s)
              GROUP BY customer.commercial_partner_id
                """,
                company=company.id,
                today=today,
                partners=list(partner_ids),
            )
        )
        disputed = super()._collect_disputed(company, today, partner_ids)
        return disputed | dict(rows)

    @api.model
    def _collect_our_fault_days(self, company, partner_ids):
        # EXTENDS: days a dispute was open that ended with our side at fault
        days = dict(super()._collect_our_fault_days(company, partner_ids))
        spans = defaultdict(list)
        for line_id, *span in self._read_our_faults(company, partner_ids):
            spans[line_id].append(span)
        for line_id, ordered in spans.items():
            days[line_id] = days.get(line_id, 0) + self._count_days(ordered)
        return days

    @api.model
    def _read_our_faults(self, company, partner_ids):
        """Return (receivable line id, opened, closed) by day, of faults of ours."""
        return self.env.execute_query(
            SQL(
                """
                SELECT part.line_id, dispute.date, dispute.date_closed
                  FROM sale_collection_dispute dispute
                  JOIN sale_collection_profile profile
                    ON profile.id = dispute.profile_id
                  JOIN sale_collection_dispute_line part ON part.dispute_id = dispute.id
                 WHERE dispute.state = 'accepted'
                   AND dispute.side_at_fault = 'us'
                   AND dispute.company_id = %(company)s
                   AND part.line_id IS NOT NULL
                   AND (%(everyone)s OR profile.partner_id = ANY(%(partners)s))
              ORDER BY part.line_id, dispute.date
                """,
                company=company.id,
                everyone=partner_ids is None,
                partners=list(partner_ids or []),
            )
        )

    @api.model
    def _count_days(self, spans):
        """Return the days covered by (first, last) spans; overlaps count once.

        :param spans: ordered by their first day
        """
        total, reached = 0, None
        for first, last in spans:
            start = max(first, reached) if reached else first
            total += max(0, (last - start).days)
            reached = max(last, reached) if reached else last
        return total

    # === ACTIONS ===#

    def action_open_disputes(self):
        """Open the disputes of the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Disputes"),
            "res_model": "sale.collection.dispute",
            "view_mode": "list,kanban,form",
            "domain": [("profile_id", "=", self.id)],
            "context": {"default_profile_id": self.id},
        }

    def action_new_dispute(self):
        """Open a new dispute of the customer."""
        self.ensure_one()
        return self._open_new_dispute(self.env["account.move.line"])

    def _open_new_dispute(self, instalments):
        """Return the dialog of a new dispute over instalments of this customer."""
        lines = [Command.create({"line_id": line.id}) for line in instalments]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New dispute"),
            "res_model": "sale.collection.dispute",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_profile_id": self.id,
                "default_line_ids": lines,
                "dialog_size": "large",
            },
        }
