from odoo import api, fields, models
from odoo.tools import format_date

# Bands of the bar with the colour each is painted in, from calm to alarming.
BAR_BANDS = [
    ("amount_not_due", "bg-success"),
    ("amount_1_30", "bg-info"),
    ("amount_31_60", "bg-warning"),
    ("amount_61_90", "bg-danger opacity-75"),
    ("amount_over_90", "bg-danger"),
]
# Earlier grades shown beside the current one.
SCORES_SHOWN = 5
SUMMARY_FIELDS = [
    "amount_open",
    "amount_overdue",
    "amount_unapplied",
    *(name for name, _colour in BAR_BANDS),
    "exposure",
    "available_credit",
    "paid_count",
    "median_days_late",
    "late_share",
    "last_payment_date",
]


class SaleCollectionProfile(models.Model):
    """The profile in one picture, the same on the customer and on the profile."""

    _inherit = "sale.collection.profile"

    summary_html = fields.Html(
        string="Summary",
        compute="_compute_summary_html",
        sanitize=False,
        export_string_translation=False,
    )

    @api.depends_context("lang", "uid")
    def _compute_summary_html(self):
        for profile in self:
            profile.summary_html = profile._render_summary(
                {name: profile[name] for name in SUMMARY_FIELDS}, profile.as_of
            )

    def _render_summary(self, facts, as_of=None):
        """Return the picture of the customer as HTML.

        :param facts: the projection's fields, stored or live
        :param as_of: when they were read; None for live ones
        """
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            "sale_collection.profile_summary",
            {
                "profile": self,
                "scores": self.score_ids[1 : SCORES_SHOWN + 1],
                "factors": None if as_of else self.factor_html,
                "as_of": as_of,
                "money": self.currency_id.format,
                "figures": self._get_summary_figures(facts),
                "bar": self._get_aging_bar(facts),
                "behaviour": self._get_behaviour_sentences(facts),
                "routine": self._get_routine_sentences(),
            },
        )

    def _get_summary_figures(self, facts):
        """Return the balances as (label, amount, is alarming)."""
        names = ["amount_open", "amount_overdue", "amount_unapplied", "exposure"]
        facts = {**facts, "credit_limit": self.credit_limit}
        alarming = {"amount_overdue": facts["amount_overdue"] > 0}
        if self.credit_policy != "unlimited":
            names += ["credit_limit", "available_credit"]
            alarming["available_credit"] = (facts["available_credit"] or 0.0) < 0
        labels = self.fields_get(names, ["string"])
        return [
            (labels[name]["string"], facts[name] or 0.0, alarming.get(name))
            for name in names
        ]

    def _get_aging_bar(self, facts):
        """Return the bands of the open amount: label, amount, percent, colour."""
        if facts["amount_open"] <= 0:
            return []
        labels = self.fields_get([name for name, _colour in BAR_BANDS], ["string"])
        return [
            {
                "label": labels[name]["string"],
                "amount": facts[name],
                "percent": round(facts[name] / facts["amount_open"] * 100, 1),
                "colour": colour,
            }
            for name, colour in BAR_BANDS
            if facts[name] > 0
        ]

    def _get_behaviour_sentences(self, facts):
        """Return how the customer has paid so far, in words."""
        if not facts["paid_count"]:
            return [self.env._("No payment seen yet.")]
        sentences = [
            self._get_delay_sentence(round(facts["median_days_late"] or 0)),
            self.env._(
                "%(percent)s %% of its instalments were late.",
                percent=round((facts["late_share"] or 0.0) * 100),
            ),
        ]
        if facts["last_payment_date"]:
            day = format_date(self.env, facts["last_payment_date"])
            sentences.append(self.env._("Last payment on %(date)s.", date=day))
        return sentences

    @api.model
    def _get_delay_sentence(self, days):
        if days > 0:
            return self.env._(
                "Usually pays %(days)s days after the due date.", days=days
            )
        if days < 0:
            return self.env._(
                "Usually pays %(days)s days before the due date.", days=-days
            )
        return self.env._("Usually pays on the due date.")

    def _get_routine_sentences(self):
        """Return (label, value) of what is noted about how the customer pays."""
        names = [
            "payment_month_days",
            "payment_weekday",
            "statement_cutoff_day",
            "payment_documents",
            "payment_form",
            "visiting_hours",
            "preferred_channel",
        ]
        described = self.fields_get(names, ["string", "selection"])
        return [
            (
                described[name]["string"],
                dict(described[name].get("selection", ())).get(self[name], self[name]),
            )
            for name in names
            if self[name]
        ]

    def _get_invoice_line(self, facts, predicted):
        """Return grade, overdue total and predicted payment in one line.

        :param facts: the live figures of the customer
        :param predicted: day, None when nothing is open
        """
        self.ensure_one()
        parts = [self._get_overdue_part(facts)]
        if self.grade_id:
            parts.insert(0, self.env._("Grade %(grade)s", grade=self.grade_id.name))
        if predicted:
            day = format_date(self.env, predicted)
            parts.append(self.env._("payment expected on %(date)s", date=day))
        return " · ".join(parts)

    def _get_overdue_part(self, facts):
        if facts["amount_overdue"] > 0:
            return self.env._(
                "%(overdue)s overdue of %(open)s open",
                overdue=self.currency_id.format(facts["amount_overdue"]),
                open=self.currency_id.format(facts["amount_open"]),
            )
        return self.env._("nothing overdue")

    # === ACTIONS ===#

    def action_open_items(self):
        """Open the open instalments of the customer."""
        return self._open_entries("sale_collection.open_item_action")

    def action_open_contact_roles(self):
        """Open who of the customer does what."""
        self.ensure_one()
        customer_id = self.partner_id.id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who does what"),
            "res_model": "sale.collection.contact.role",
            "view_mode": "list",
            "domain": [("customer_id", "=", customer_id)],
            "context": {"default_customer_id": customer_id},
        }

    def action_open_receipts(self):
        """Open the money collected from the customer."""
        action = self._open_entries("sale_collection.receipt_action")
        return {**action, "view_mode": "list,pivot,graph", "views": False}

    def _open_entries(self, action_xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(action_xmlid)
        action["domain"] = [("partner_id", "=", self.partner_id.id)]
        action["context"] = {}
        return action
