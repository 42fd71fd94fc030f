from odoo import api, models
from odoo.tools import format_date

from .profile import ROUTINE_FIELDS

# Bands of the bar with the colour each is painted in, from calm to alarming.
BAR_BANDS = [
    ("amount_not_due", "bg-success"),
    ("amount_1_30", "bg-info"),
    ("amount_31_60", "bg-warning"),
    ("amount_61_90", "bg-danger opacity-75"),
    ("amount_over_90", "bg-danger"),
]


class SaleCollectionSummary(models.AbstractModel):
    """Renders what we know of a customer: one picture, and one line for its invoices.

    Given the stored figures of a profile or the live ones. The same picture stands on
    the customer and on the profile.
    """

    _name = "sale.collection.summary"
    _description = "Summary of a customer"

    # === PICTURE ===#

    @api.model
    def _render_summary(self, profile, facts, as_of=None):
        """Return the picture of a customer as HTML.

        :param facts: the fields of the projection, stored or live
        :param as_of: when they were read; None for live ones
        """
        values = self._prepare_summary_values(profile, facts, as_of)
        return self.env["ir.qweb"]._render("sale_collection.profile_summary", values)

    @api.model
    def _prepare_summary_values(self, profile, facts, as_of):
        """Return the values the picture is rendered with; rooms above add their own."""
        return {
            "profile": profile,
            "as_of": as_of,
            "money": profile.currency_id.format,
            "figures": self._get_summary_figures(profile, facts),
            "bar": self._get_aging_bar(profile, facts),
            "behaviour": self._get_behaviour_sentences(facts),
            "routine": self._get_routine_sentences(profile),
            "people": self._get_people(profile),
        }

    @api.model
    def _get_summary_figures(self, profile, facts):
        """Return the balances as (label, amount, is alarming)."""
        names = ["amount_open", "amount_overdue", "amount_unapplied", "exposure"]
        facts = {**facts, "credit_limit": profile.credit_limit}
        alarming = {"amount_overdue": facts["amount_overdue"] > 0}
        if profile.credit_policy != "unlimited":
            names += ["credit_limit", "available_credit"]
            alarming["available_credit"] = (facts["available_credit"] or 0.0) < 0
        labels = profile.fields_get(names, ["string"])
        return [
            (labels[name]["string"], facts[name] or 0.0, alarming.get(name))
            for name in names
        ]

    @api.model
    def _get_aging_bar(self, profile, facts):
        """Return the bands of the open amount: label, amount, percent, colour."""
        if facts["amount_open"] <= 0:
            return []
        labels = profile.fields_get([name for name, _colour in BAR_BANDS], ["string"])
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

    @api.model
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

    @api.model
    def _get_routine_sentences(self, profile):
        """Return (label, value) of what is noted about how the customer pays."""
        described = profile.fields_get(ROUTINE_FIELDS, ["string", "selection"])
        sentences = []
        for name in filter(profile.__getitem__, ROUTINE_FIELDS):
            options = dict(described[name].get("selection", ()))
            value = profile[name]
            sentences.append((described[name]["string"], options.get(value, value)))
        return sentences

    @api.model
    def _get_people(self, profile):
        """Return (role, name) of those who do something for this customer."""
        roles = profile.partner_id.sudo().collection_role_ids
        labels = dict(roles._fields["role"]._description_selection(self.env))
        return [
            (
                labels[person.role],
                " ".join(filter(None, (person.contact_id.name, person.phone))),
            )
            for person in roles
        ]

    # === LINE ON THE INVOICE ===#

    @api.model
    def _get_invoice_line(self, profile, facts, predicted):
        """Return overdue total and predicted payment of a customer in one line.

        :param facts: the live figures of the customer
        :param predicted: day of the next payment, None when nothing is open
        """
        return " · ".join(self._get_invoice_parts(profile, facts, predicted))

    @api.model
    def _get_invoice_parts(self, profile, facts, predicted):
        """Return the parts of the line, in their order; rooms above add their own."""
        parts = [self._get_overdue_part(profile, facts)]
        if predicted:
            day = format_date(self.env, predicted)
            parts.append(self.env._("payment expected on %(date)s", date=day))
        return parts

    @api.model
    def _get_overdue_part(self, profile, facts):
        if facts["amount_overdue"] > 0:
            money = profile.currency_id.format
            return self.env._(
                "%(overdue)s overdue of %(open)s open",
                overdue=money(facts["amount_overdue"]),
                open=money(facts["amount_open"]),
            )
        return self.env._("nothing overdue")
