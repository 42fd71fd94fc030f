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

# Lines of the timeline on the page of a customer.
TIMELINE_ROWS = 40


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
            # The profile has a tab and a line of its own for these.
            "routine": [] if as_of else self._get_routine_sentences(profile),
            "people": "" if as_of else profile.people_html,
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
                "Late: %(late)s of %(all)s instalments.",
                late=facts["late_count"],
                all=facts["paid_count"] + facts["open_late_count"],
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

    # === PEOPLE AND EVENTS ===#

    @api.model
    def _render_people(self, profile, roles):
        """Return who does what at the customer, to call and to write to, as HTML."""
        labels = dict(self.env["sale.collection.contact.role"]._get_labels())
        customer = profile.partner_id.sudo()
        people = [(labels[one.role], one.contact_id) for one in roles or ()]
        return self.env["ir.qweb"]._render(
            "sale_collection.contact_people",
            {"people": people or [("", customer)], "customer": customer},
        )

    @api.model
    def _render_timeline(self, profile):
        """Return the latest of all that happened about money, as HTML."""
        rows = self.env["sale.collection.timeline"].search(
            [
                ("partner_id", "=", profile.partner_id.id),
                ("company_id", "child_of", profile.company_id.ids),
            ],
            limit=TIMELINE_ROWS,
        )
        kinds = dict(rows._fields["kind"]._description_selection(self.env))
        return self.env["ir.qweb"]._render(
            "sale_collection.profile_timeline", {"rows": rows, "kinds": kinds}
        )

    # === LINE ON THE INVOICE ===#

    @api.model
    def _get_invoice_line(self, profile, facts, expected=None):
        """Return overdue total and next payment of a customer in one line.

        :param facts: the live figures of the customer
        :param str expected: the next payment of the document in words
        """
        parts = [*self._get_invoice_parts(profile, facts), expected]
        return " · ".join(filter(None, parts))

    @api.model
    def _get_invoice_parts(self, profile, facts):
        """Return the parts of the line, in their order; rooms above add their own."""
        return [self._get_overdue_part(profile, facts)]

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
