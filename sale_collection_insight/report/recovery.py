from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sale_collection.fields import OptionalFloat
from odoo.addons.sale_collection.models.core.open_line import DEPENDS

from ..models.res_company import RECOVERY_DAYS
from ..tools.recovery import ASSUMED, OWN, PARTLY, SPANS

# Names of `tools.recovery.SPANS`.
BANDS = [
    ("1", "1-30 days"),
    ("2", "31-60 days"),
    ("3", "61-90 days"),
    ("4", "91-180 days"),
    ("5", "181-365 days"),
    ("6", "1-2 years"),
    ("7", "Over 2 years"),
]
BASES = [
    (OWN, "Own experience"),
    (PARTLY, "Own, later ages assumed"),
    (ASSUMED, "Assumption"),
]


class SaleCollectionRecovery(models.Model):
    """The recovery curve: what part of overdue money still comes in, by its age.

    One row for each band of age and root company, as `company._get_recovery_curve`
    learns it. Until a band has ten cases 80 % are assumed up to two years, 20 % beyond.
    """

    _name = "sale.collection.recovery"
    _inherit = ["sale.collection.one.currency"]
    _description = "Recovery by age"
    _auto = False
    _order = "company_id, id"
    _rec_name = "band"
    _depends = {
        **DEPENDS,
        "sale.collection.history": ["amount_company", "days_late", "paid_date"],
        "sale.collection.profile": ["excluded", "partner_id"],
        "sale.collection.receipt": ["amount", "date", "days_late", "due_date", "kind"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    band = fields.Selection(BANDS, string="Overdue", readonly=True)
    amount = fields.Monetary(
        string="Open as it began",
        readonly=True,
        help="What was still open of debts when they reached this age. Debts that have "
        "been through the whole band count, of the last six years.",
    )
    money = fields.Monetary(
        string="Money within", readonly=True, help="Money that came at this age."
    )
    gone = fields.Monetary(
        string="Settled otherwise",
        readonly=True,
        help="Credit notes, discounts and write-offs at this age.",
    )
    share = OptionalFloat(
        readonly=True,
        aggregator="avg",
        string="Comes within",
        digits=(16, 4),
        help="Money within, of what was open as the band began. Empty while assumed.",
    )
    recovered = fields.Float(
        string="Comes in the end",
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="Part of what is open at this age that comes now or ever after: what "
        "comes within the band, and of the rest what comes later.",
    )
    basis = fields.Selection(
        BASES,
        readonly=True,
        help="Own experience, or the assumption that 80 % of what is up to two years "
        "overdue comes in and 20 % of what is older.",
    )

    @property
    def _table_query(self):
        # The curve is decided in `tools.recovery`; here it only becomes a table.
        rows = [
            (company.id * len(SPANS) + number, company.id, str(number + 1), *values)
            for company in self.env.companies.sudo().root_id
            for number, values in enumerate(self._get_values(company))
        ]
        return SQL(
            """
            SELECT id, company_id, band, amount::numeric, money::numeric,
                   gone::numeric, share::numeric, recovered::numeric, basis
              FROM (VALUES %s) AS curve (
                   id, company_id, band, amount, money, gone, share, recovered, basis)
            """,
            SQL(", ").join(SQL("%s", row) for row in rows),
        )

    def _get_values(self, company):
        curve = company._get_recovery_curve(company._collection_today())
        return [
            (*band.seen[1:], band.share, band.recovered, band.basis) for band in curve
        ]

    def _read_group_select(self, aggregate_spec, query):
        # EXTENDS sale.collection.one.currency: a share of several bands is none
        found = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec not in ("share:avg", "recovered:avg"):
            return found
        return SQL("CASE WHEN COUNT(*) = 1 THEN %s END", found)

    def action_open_money(self):
        """Open the money of this band in the ledger; trade history is not in it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sale_collection.receipt_action"
        )
        title = self.env._(
            "Money: %(age)s",
            age=self._fields["band"].convert_to_export(self.band, self),
        )
        return action | {
            "name": title,
            "display_name": title,
            "domain": list(self._get_money_domain()),
            "views": [(False, "list"), (False, "pivot"), (False, "graph")],
            "context": {},
        }

    def _get_money_domain(self):
        today = self.company_id.sudo()._collection_today()
        first, last = SPANS[int(self.band) - 1]
        unchased = (
            self.env["sale.collection.profile"]
            .sudo()
            ._search([("company_id", "=", self.company_id.id), ("excluded", "=", True)])
        )
        unchased = unchased.select("partner_id")
        return Domain(
            [
                ("company_id", "child_of", self.company_id.id),
                ("kind", "=", "cash"),
                ("date", "<=", today),
                ("days_late", ">=", first),
                ("days_late", "<=", last),
                ("due_date", "<=", today - timedelta(last)),
                ("due_date", ">", today - timedelta(RECOVERY_DAYS)),
                ("partner_id", "not in", unchased),
                "|",
                "&",
                ("amount", ">", 0),
                ("reversal_of_id", "=", False),
                "&",
                ("amount", "<", 0),
                ("reversal_of_id", "!=", False),
            ]
        )
