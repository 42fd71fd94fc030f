from odoo import Command, api, fields, models
from odoo.tools import SQL


class SaleCollectionProfile(models.Model):
    """What the customer disputes, and what we still owe it ourselves."""

    _inherit = "sale.collection.profile"

    dispute_ids = fields.One2many("sale.collection.dispute", "profile_id")
    open_dispute_count = fields.Integer(
        string="Open disputes", compute="_compute_open_dispute_count"
    )

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
    def _get_disputed_sql(self, company, today, partner_ids):
        # OVERRIDE: what is in open disputes, at most what is still open
        return SQL(
            """
            SELECT customer.commercial_partner_id AS partner_id,
                   SUM(LEAST(disputed.amount, line.amount_residual))::float8 AS amount
              FROM (%(disputed)s) disputed
              JOIN account_move_line line ON line.id = disputed.line_id
              JOIN res_partner customer ON customer.id = line.partner_id
             WHERE line.parent_state = 'posted'
               AND line.amount_residual > 0
               AND COALESCE(line.date_maturity, line.date) < %(today)s
               AND customer.commercial_partner_id = ANY(%(partners)s)
          GROUP BY customer.commercial_partner_id
            """,
            disputed=self.env["sale.collection.dispute.line"]._get_open_query(company),
            today=today,
            partners=list(partner_ids),
        )

    @api.model
    def _get_fault_sql(self, company, partner_ids):
        # OVERRIDE: days a dispute was open that ended with our side at fault; days
        # two disputes share count once
        return SQL(
            """
            SELECT line_id,
                   (SELECT SUM(UPPER(span) - LOWER(span)) FROM UNNEST(spans) span)::int
                       AS days
              FROM (
                    SELECT part.line_id,
                           RANGE_AGG(DATERANGE(
                               dispute.date, GREATEST(dispute.date, dispute.date_closed)
                           )) AS spans
                      FROM sale_collection_dispute dispute
                      JOIN sale_collection_profile profile
                        ON profile.id = dispute.profile_id
                      JOIN sale_collection_dispute_line part
                        ON part.dispute_id = dispute.id
                     WHERE dispute.state = 'accepted'
                       AND dispute.side_at_fault = 'us'
                       AND dispute.company_id = %(company)s
                       AND part.line_id IS NOT NULL
                       AND %(customers)s
                  GROUP BY part.line_id
                   ) AS faults
            """,
            company=company.id,
            customers=self._get_customer_condition(
                SQL("profile.partner_id"), partner_ids
            ),
        )

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
