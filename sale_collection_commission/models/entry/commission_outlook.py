from odoo import api, models
from odoo.tools import SQL

from odoo.addons.sale_collection.models.core.open_line import open_lines_of_sql
from odoo.addons.sale_collection.models.ledger.judged_due import (
    join_moved,
    judged_due,
)

from ...tools import outlook
from ...tools.commission_plan import Receipt


class SaleCollectionCommissionOutlook(models.AbstractModel):
    """Says what open invoices will earn, from the ledger as it stands.

    It uses the plans and factors that money of today would be booked by. Tiers, caps,
    bounties and managers' shares depend on other money and are left out.
    """

    _name = "sale.collection.commission.outlook"
    _description = "Commission to come"

    @api.model
    def _collect_prospects(self, user=None, moves=None, today=None):
        """Return what is still to be earned on open instalments.

        :param user: only what this rep earns; every earner when left out
        :param moves: only these invoices
        :return: list of `tools.outlook.Prospect`
        """
        self.env.flush_all()
        instalments = self._collect_open_instalments(user, moves, today)
        if not instalments:
            return []
        facts = self.env["sale.collection.commission.facts"]._collect_facts(
            [money for money, _due in instalments], today
        )
        dues = self._move_to_working_days(instalments)
        found = outlook.look_ahead((money for money, _due in instalments), dues, facts)
        return [own for own in found if not user or own.user_id == user.id]

    @api.model
    def _collect_open_instalments(self, user, moves, today):
        """Return pairs: an open instalment as the money it waits for, its due date."""
        plans = self.env["sale.collection.commission.plan"].search(
            [("company_id", "in", self.env.companies.parent_ids.ids)]
        )
        companies = self.env.companies.filtered(
            lambda company: plans.company_id & company.parent_ids
        )
        if not companies:
            return []
        rows = self.env.execute_query(
            SQL(
                """
                SELECT NULL, line.company_id, move.id, line.partner_id,
                       move.invoice_user_id, move.team_id, line.id, 'cash',
                       line.today, 0, line.residual,
                       line.residual_currency, line.currency_id,
                       currency.rounding, own_currency.rounding, NULL,
                       COALESCE(move.invoice_date, move.date),
                       CASE WHEN move.move_type = 'entry' THEN line.amount_currency
                            ELSE move.amount_total END,
                       1, TRUE, NULL, FALSE, move.move_type = 'entry', %(due)s
                  FROM (%(lines)s) line
                  JOIN account_move move ON move.id = line.move_id
                  JOIN res_currency currency ON currency.id = line.currency_id
                  JOIN res_company company ON company.id = line.company_id
                  JOIN res_currency own_currency
                    ON own_currency.id = company.currency_id
                  %(moved)s
                 WHERE line.residual > 0
                   AND line.residual_currency > 0
                   AND %(chosen)s
                 ORDER BY line.date_due, line.id
                """,
                lines=open_lines_of_sql(
                    dict.fromkeys(companies.ids, today)
                    if today
                    else companies._collection_todays()
                ),
                chosen=self._get_scope_condition(user, moves),
                due=judged_due(SQL("line.date_due")),
                moved=join_moved(SQL("line.id")),
            )
        )
        return [(Receipt(*row[:-1]), row[-1]) for row in rows if row[17]]

    @api.model
    def _get_scope_condition(self, user, moves):
        """SQL condition: `line` is of these invoices, and the rep earns on `move`."""
        conditions = [SQL("TRUE")]
        if moves is not None:
            conditions.append(SQL("line.move_id = ANY(%s)", moves.ids))
        if user:
            conditions.append(
                SQL(
                    """(move.invoice_user_id = %s OR move.id IN (
                        SELECT move_id FROM sale_collection_commission_claim
                         WHERE user_id = %s))""",
                    user.id,
                    user.id,
                )
            )
        return SQL(" AND ").join(conditions)

    @api.model
    def _move_to_working_days(self, instalments):
        """Return {receivable line: its due date, moved to a working day}."""
        days = {}
        for money, due in instalments:
            days.setdefault(money.company_id, set()).add(due)
        moved = {
            company_id: self.env["res.company"]
            .browse(company_id)
            ._collection_effective_dues(dues)
            for company_id, dues in days.items()
        }
        return {
            money.line_id: moved[money.company_id][due] for money, due in instalments
        }
