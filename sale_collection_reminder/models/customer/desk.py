from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_sql

from .profile import REPLY


class SaleCollectionDesk(models.AbstractModel):
    """Steps that wait for a person, answers nobody has read, and snoozes."""

    _inherit = "sale.collection.desk"

    @api.model
    def _get_snoozed_sql(self, company, today):
        # EXTENDS: customers, and single instalments
        lasting = SQL(
            """line.id = ANY(ARRAY(SELECT line_id FROM sale_collection_snooze
                                    WHERE company_id = %s AND until >= %s))""",
            company.id,
            today,
        )
        return SQL(
            """
            %(before)s
             UNION ALL
            SELECT partner_id, NULL::numeric AS amount FROM sale_collection_profile
             WHERE company_id = %(company)s AND snooze_until >= %(today)s
             UNION ALL
            SELECT customer.commercial_partner_id, line.residual
              FROM (%(lines)s) line
              JOIN res_partner customer ON customer.id = line.partner_id
             WHERE line.residual > 0 AND line.date_due < %(today)s
            """,
            before=super()._get_snoozed_sql(company, today),
            company=company.id,
            today=today,
            lines=open_lines_sql(company, today, lasting),
        )

    @api.model
    def _get_next_step_sql(self):
        # OVERRIDE
        return SQL("profile.next_reminder_date")

    @api.model
    def _get_conditions(self, company, today, partner_ids):
        # EXTENDS: calls and visits of plans, and replies
        chosen = self.env["sale.collection.profile"]._get_customer_condition(
            SQL("profile.partner_id"), partner_ids
        )
        return {
            **super()._get_conditions(company, today, partner_ids),
            "step_waits": SQL(
                """
                SELECT profile.partner_id, SUM(reminder.amount_total) AS value,
                       MAX(reminder.date) AS day
                  FROM sale_collection_reminder reminder
                  JOIN sale_collection_profile profile
                    ON profile.id = reminder.profile_id
                 WHERE profile.company_id = %s AND %s
                   AND reminder.channel IN ('call', 'visit')
                   AND reminder.state IN ('candidate', 'ready', 'sent')
                   AND reminder.date > %s::date - 14
              GROUP BY profile.partner_id
                """,
                company.id,
                chosen,
                today,
            ),
            # a talk since then has answered it: whatever is left is always news
            "reply_unread": SQL(
                """
                SELECT profile.partner_id, 1 AS value, %s::date + 1 AS day
                  FROM mail_activity activity
                  JOIN sale_collection_profile profile ON profile.id = activity.res_id
                 WHERE activity.res_model = 'sale.collection.profile'
                   AND activity.active
                   AND activity.activity_type_id = %s
                   AND profile.company_id = %s AND %s
                   AND NOT EXISTS (
                       SELECT FROM sale_collection_contact talk
                        WHERE talk.profile_id = profile.id
                          AND talk.create_date >= activity.create_date)
              GROUP BY profile.partner_id
                """,
                today,
                self.env.ref(REPLY).id,
                company.id,
                chosen,
            ),
        }
