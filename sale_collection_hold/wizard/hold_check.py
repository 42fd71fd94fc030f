from odoo import Command, api, fields, models

OUTCOMES = [
    ("hit", "Hit"),
    ("miss", "Not hit"),
    ("overridden", "A nearer rule counts"),
    ("exempt", "Exempted"),
]
PASSED = [("paid", "Paid in full"), ("exempt", "Customer excluded")]


class SaleCollectionHoldCheck(models.TransientModel):
    """Every rule that reaches an order: measured, allowed, hit or not, and why not."""

    _name = "sale.collection.hold.check"
    _description = "Check of an order"

    order_id = fields.Many2one("sale.order", required=True, readonly=True)
    company_id = fields.Many2one(related="order_id.company_id")
    currency_id = fields.Many2one(related="company_id.currency_id")
    strength = fields.Selection(
        selection=lambda self: [
            ("none", self.env._("Nothing against it")),
            *self.env["sale.collection.hold.rule"]
            ._fields["strength"]
            ._description_selection(self.env),
        ],
        string="Verdict",
        readonly=True,
    )
    passed = fields.Selection(PASSED, string="Not judged", readonly=True)
    free_credit = fields.Char(string="Free credit", readonly=True)
    received = fields.Monetary(string="Received for it", readonly=True)
    cure_text = fields.Text(string="What frees supply", readonly=True)
    line_ids = fields.One2many("sale.collection.hold.check.line", "check_id")

    @api.model
    def _check(self, order):
        """Judge an order now and return the answer as a dialog's record."""
        order.ensure_one()
        found = order._collection_explain().get(order.id) or {
            "strength": "none",
            "passed": "",
            "free": None,
            "received": 0.0,
            "checks": [],
        }
        currency = order.company_id.sudo().currency_id
        verdict = order._collection_verdict()[order.id]
        cures = self.env["sale.collection.hold.text"]._describe_cures(
            verdict["cures"], currency
        )
        return self.create(
            {
                "order_id": order.id,
                "strength": found["strength"],
                "passed": found["passed"] or False,
                "free_credit": found["free"] is not None
                and currency.format(found["free"]),
                "received": found["received"],
                "cure_text": "\n".join(cures),
                "line_ids": [
                    Command.create(values)
                    for check in found["checks"]
                    for values in self._prepare_lines(check, currency)
                ],
            }
        )

    @api.model
    def _prepare_lines(self, check, currency):
        """Return a line for each condition of a rule, one line without conditions."""
        texts = self.env["sale.collection.hold.text"]
        common = {
            "rule_id": check["rule_id"] or False,
            "rule_name": check["rule"],
            "strength": check["strength"],
            "outcome": check["outcome"],
            "by_id": check["by"] or False,
        }
        if not check["measures"]:
            return [common | {"is_hit": check["outcome"] == "hit"}]
        return [
            common
            | {
                "code": row["code"],
                "measured": row["measured"] is not None
                and texts._format_measure(row["measured"], row["unit"], currency),
                "threshold": row["threshold"] is not None
                and texts._format_measure(row["threshold"], row["unit"], currency),
                "is_hit": row["hit"],
            }
            for row in check["measures"]
        ]
