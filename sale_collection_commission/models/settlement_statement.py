from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .settlement import ANSWERS


class SaleCollectionSettlement(models.Model):
    """What the rep gets to see of a settlement, and what he says to it."""

    _inherit = "sale.collection.settlement"

    doubt_ids = fields.One2many(
        "sale.collection.settlement.doubt",
        "settlement_id",
        string="Uncertain",
        readonly=True,
        groups="sale_collection.group_manager",
    )
    doubt_count = fields.Integer(
        compute="_compute_doubts", groups="sale_collection.group_manager"
    )
    doubt_amount = fields.Monetary(
        string="Commission at stake",
        compute="_compute_doubts",
        groups="sale_collection.group_manager",
    )
    newer_count = fields.Integer(
        compute="_compute_newer_count",
        groups="sale_collection.group_manager",
        export_string_translation=False,
    )
    question_ids = fields.One2many(
        "sale.collection.settlement.question", "settlement_id", string="Questions"
    )
    question_count = fields.Integer(
        string="Open questions", compute="_compute_question_count"
    )
    rep_state = fields.Selection(
        ANSWERS,
        string="Accepted by the rep",
        default="none",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    accepted_at = fields.Datetime(string="Accepted on", readonly=True, copy=False)
    sent_at = fields.Datetime(string="Statement sent on", readonly=True, copy=False)
    reserve_balance = fields.Monetary(
        compute="_compute_reserve_balance",
        help="What is in the reserve of the earner after this settlement.",
    )
    reserve_before = fields.Monetary(
        string="Reserve before",
        compute="_compute_reserve_balance",
        help="What is in the reserve of the earner before this settlement.",
    )
    is_mine = fields.Boolean(
        compute="_compute_is_mine", export_string_translation=False
    )

    # === COMPUTE ===#

    @api.depends("doubt_ids")
    def _compute_doubts(self):
        groups = self.env["sale.collection.settlement.doubt"]._read_group(
            [("settlement_id", "in", self.ids)],
            ["settlement_id"],
            ["__count", "amount:sum"],
        )
        found = {record: own for record, *own in groups}
        for record in self:
            record.doubt_count, record.doubt_amount = found.get(record, (0, 0.0))

    @api.depends("last_entry_ref", "state")
    def _compute_newer_count(self):
        """Count what a refresh would add to drafts."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT settlement.id, COUNT(*)
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_commission_entry entry
                    ON settlement.state = 'draft' AND entry.settlement_id IS NULL
                   AND entry.company_id = settlement.company_id
                   AND entry.currency_id = settlement.currency_id
                   AND COALESCE(entry.user_id, 0) = COALESCE(settlement.user_id, 0)
                   AND COALESCE(entry.agent_id, 0) = COALESCE(settlement.agent_id, 0)
                   AND entry.date <= settlement.date_to
                   AND entry.id > settlement.last_entry_ref
                 WHERE settlement.id = ANY(%s)
                 GROUP BY settlement.id
                """,
                self._origin.ids,
            )
        )
        counts = dict(rows)
        for record in self:
            record.newer_count = counts.get(record._origin.id, 0)

    @api.depends("question_ids.state")
    def _compute_question_count(self):
        groups = self.env["sale.collection.settlement.question"]._read_group(
            [("settlement_id", "in", self.ids), ("state", "=", "open")],
            ["settlement_id"],
            ["__count"],
        )
        counts = {record: count for record, count in groups}
        for record in self:
            record.question_count = counts.get(record, 0)

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        for record in self:
            record.is_mine = record.user_id == self.env.user

    @api.depends("line_ids.reserve_amount", "confirmed_at")
    def _compute_reserve_balance(self):
        """Sum the reserve up to each settlement, in the order of confirming."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT settlement.id, SUM(line.reserve_amount),
                       COALESCE(SUM(line.reserve_amount)
                                FILTER (WHERE other.id <> settlement.id), 0)
                  FROM sale_collection_settlement settlement
                  JOIN sale_collection_settlement_line line
                    ON line.reserve_amount <> 0
                   AND line.company_id = settlement.company_id
                   AND line.currency_id = settlement.currency_id
                   AND COALESCE(line.user_id, 0) = COALESCE(settlement.user_id, 0)
                   AND COALESCE(line.agent_id, 0) = COALESCE(settlement.agent_id, 0)
                  JOIN sale_collection_settlement other
                    ON other.id = line.settlement_id
                 WHERE settlement.id = ANY(%s)
                   AND (other.id = settlement.id
                        OR (other.confirmed_at, other.id) < (
                            COALESCE(settlement.confirmed_at, 'infinity'),
                            settlement.id))
                 GROUP BY settlement.id
                """,
                self._origin.ids,
            )
        )
        found = {settlement_id: own for settlement_id, *own in rows}
        for record in self:
            balance, before = found.get(record._origin.id, (0.0, 0.0))
            record.reserve_balance = float(balance)
            record.reserve_before = float(before)

    # === THE REP ===#

    def action_accept(self):
        """Agree to one's own settlement."""
        self.check_access("read")
        for record in self:
            if record.user_id != self.env.user:
                raise AccessError(
                    self.env._("Only %(rep)s can accept it.", rep=record.earner_id.name)
                )
            if record.state not in ("confirmed", "paid"):
                raise UserError(self.env._("Only confirmed settlements are accepted."))
        self.sudo().write(
            {"rep_state": "accepted", "accepted_at": fields.Datetime.now()}
        )

    def action_open_questions(self):
        """Show what the rep has asked."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_commission.settlement_question_action"
        )
        return {
            **action,
            "domain": [("settlement_id", "=", self.id)],
            "context": {},
        }

    def action_open_missing(self):
        """Show the invoices of the earner that are not in it, and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection_commission.settlement_missing_action"
        )
        domain = [("company_id", "=", self.company_id.id)]
        domain += [("currency_id", "=", self.currency_id.id)]
        if self.user_id:
            domain += [("user_id", "=", self.user_id.id)]
        else:
            domain += [("agent_id", "=", self.agent_id.id)]
        if self.state == "draft":
            # what the draft takes up is in it
            domain += ["|", ("reason", "!=", "unsettled")]
            domain += [("date_due", ">", fields.Date.to_string(self.date_to))]
        return {**action, "domain": domain}

    # === STATEMENT ===#

    def _get_statement_entries(self):
        """Return the entries with the names a rep may know but not open."""
        self.check_access("read")
        return self.sudo().entry_ids

    def action_print(self):
        """Print the statement."""
        return self.env.ref("sale_collection_commission.report_settlement").report_action(self)

    def action_send(self):
        """Mail the statement to the earner, in his language."""
        self.check_access("write")
        missing = self.filtered(lambda record: not record.earner_id.email)
        if missing:
            raise UserError(
                self.env._(
                    "E-mail: %(names)s has none. Enter it on the contact.",
                    names=", ".join(missing.earner_id.mapped("name")),
                )
            )
        if any(record.state not in ("confirmed", "paid") for record in self):
            raise UserError(self.env._("Confirm a settlement before you send it."))
        template = self.env.ref("sale_collection_commission.mail_template_settlement").sudo()
        for record in self.sudo():
            record.message_post_with_source(template, subtype_xmlid="mail.mt_comment")
        self.sudo().sent_at = fields.Datetime.now()
