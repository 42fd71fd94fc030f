from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("invoice", "Invoice"),
    ("refund", "Credit note"),
    ("money", "Money"),
    ("bounce", "Bounced"),
]
# Each kind has ids of its own: id of the record x STRIDE + number of the kind.
STRIDE = 20


class SaleCollectionTimeline(models.Model):
    """All that happened between a customer and us about money, in one line each."""

    _name = "sale.collection.timeline"
    _description = "Customer timeline"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "detail"
    _depends = {
        "account.move": [
            "amount_total_signed",
            "commercial_partner_id",
            "company_id",
            "invoice_date",
            "invoice_user_id",
            "move_type",
            "state",
        ],
        "sale.collection.receipt": ["amount", "company_id", "date", "kind"],
        "sale.collection.bounce": ["company_id", "date", "partner_id"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    date = fields.Date(readonly=True)
    kind = fields.Selection(KINDS, string="What", readonly=True)
    amount = fields.Monetary(readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    res_model = fields.Char(readonly=True, export_string_translation=False)
    res_id = fields.Many2oneReference(
        model_field="res_model", readonly=True, export_string_translation=False
    )
    detail = fields.Char(string="Details", compute="_compute_detail")

    # === QUERY ===#

    @property
    def _table_query(self):
        parts = [
            SQL(
                """SELECT part.id * %s + %s AS id, part.company_id, part.partner_id,
                          part.date, %s AS kind, part.amount, part.user_id,
                          part.res_model, part.id AS res_id
                     FROM (%s) part""",
                STRIDE,
                number,
                kind,
                query,
            )
            for kind, (number, query) in self._get_parts().items()
        ]
        return SQL(" UNION ALL ").join(parts)

    @api.model
    def _get_parts(self):
        """Return {kind: (number, query)} of what the timeline shows.

        The number, below STRIDE, is the kind's own for ever. The query selects id,
        company_id, partner_id, date, amount, user_id, res_model.
        """
        return {
            "invoice": (0, self._get_moves_sql(("out_invoice", "out_receipt"))),
            "refund": (1, self._get_moves_sql(("out_refund",))),
            "money": (2, self._get_money_sql()),
            "bounce": (3, self._get_bounce_sql()),
        }

    @api.model
    def _get_money_sql(self):
        return SQL(
            """SELECT MIN(receipt.id) AS id, receipt.company_id,
                      receipt.partner_id, receipt.date, SUM(amount) AS amount,
                      NULL::int AS user_id,
                      'sale.collection.receipt' AS res_model
                 FROM sale_collection_receipt receipt
                WHERE receipt.kind = 'cash'
             GROUP BY receipt.company_id, receipt.partner_id, receipt.date,
                      receipt.counterpart_ref
               HAVING SUM(amount) <> 0"""
        )

    @api.model
    def _get_bounce_sql(self):
        return SQL(
            """SELECT bounce.id, bounce.company_id,
                      customer.commercial_partner_id AS partner_id, bounce.date,
                      payment.amount_company_currency_signed AS amount,
                      NULL::int AS user_id, 'sale.collection.bounce' AS res_model
                 FROM sale_collection_bounce bounce
                 JOIN res_partner customer ON customer.id = bounce.partner_id
                 JOIN account_payment payment ON payment.id = bounce.payment_id"""
        )

    @api.model
    def _get_moves_sql(self, move_types):
        return SQL(
            """SELECT id, company_id, commercial_partner_id AS partner_id,
                      invoice_date AS date, amount_total_signed AS amount,
                      invoice_user_id AS user_id, 'account.move' AS res_model
                 FROM account_move
                WHERE state = 'posted' AND move_type IN %s""",
            move_types,
        )

    @api.model
    def _get_profile_sql(self, model, amount):
        """Return the part of records that hang on a credit profile."""
        return SQL(
            """SELECT own.id, own.company_id, profile.partner_id, own.date,
                      %(amount)s AS amount, own.user_id, %(model)s AS res_model
                 FROM %(table)s own
                 JOIN sale_collection_profile profile ON profile.id = own.profile_id""",
            table=SQL.identifier(self.env[model]._table),
            model=model,
            amount=amount,
        )

    # === DETAILS ===#

    @api.depends("res_model", "res_id")
    def _compute_detail(self):
        describe = self._get_describers()
        for model, rows in self.sudo().grouped("res_model").items():
            records = self.env[model].sudo().browse(rows.mapped("res_id"))
            for row, record in zip(rows, records, strict=True):
                row.detail = describe[model](record)

    @api.model
    def _get_describers(self):
        """Return {model: function that tells one of its records in a few words}."""
        return {
            "account.move": lambda move: move.name,
            "sale.collection.receipt": lambda row: row.move_id.name or "",
            "sale.collection.bounce": lambda row: self._say(row, "reason"),
        }

    @api.model
    def _say(self, record, *names):
        """Return the values of fields in words, behind each other."""
        parts = []
        for name in names:
            field = record._fields[name]
            value = record[name]
            if field.type == "selection":
                value = dict(field._description_selection(self.env)).get(value)
            elif field.relational:
                value = value.display_name
            parts.append(value)
        return ", ".join(filter(None, parts))

    def action_open_record(self):
        """Open what this line tells of."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)._get_records_action()
