from collections import Counter, defaultdict
from collections.abc import Callable
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from ...tools.takeover import assign

PREFIX = "sale.collection."
# Records of core whose activities are about a customer, with where it stands.
CUSTOMERS = {
    "res.partner": "commercial_partner_id",
    "sale.order": "partner_id",
    "account.move": "partner_id",
}
# One message tells the successor of one record; of hundreds at once it tells nothing.
QUIET = {"mail_auto_subscribe_no_notify": True, "mail_activity_quick_update": True}


class Part(NamedTuple):
    """One kind of work that has an owner and may be taken over.

    :param label: as in `Promises: 3`
    :param domain: what is open, in the companies of a takeover; the past stays
    :param customers: function of records that returns one contact for each, the
        customer or a contact of it; an empty one leaves the record where it is
    :param owner: name of the field
    """

    label: str
    model: str
    domain: Domain
    customers: Callable = lambda records: [record.partner_id for record in records]
    owner: str = "user_id"


class SaleCollectionTakeover(models.Model):
    """What colleagues took over for good from one who left or moved on.

    The log of it: nobody edits or deletes it. A substitute does the work of somebody
    who is away and has it no more afterwards; a takeover is final. What is over stays
    with whoever did it, and so does commission on invoices that are posted.
    """

    _name = "sale.collection.takeover"
    _description = "Takeover"
    _inherit = ["sale.collection.titled"]
    _order = "date desc, id desc"
    _rec_name = "from_user_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    from_user_id = fields.Many2one(
        "res.users", string="From colleague", required=True, readonly=True
    )
    user_id = fields.Many2one(
        "res.users", string="Handed over by", required=True, readonly=True
    )
    date = fields.Date(required=True, readonly=True)
    line_ids = fields.One2many(
        "sale.collection.takeover.line", "takeover_id", string="Customers"
    )
    to_user_ids = fields.Many2many(
        "res.users", string="To colleague", compute="_compute_to_user_ids"
    )
    customer_count = fields.Integer(
        string="Number of customers", compute="_compute_customer_count"
    )
    what = fields.Char(string="Taken over", compute="_compute_what")

    # === COMPUTE ===#

    @api.depends("line_ids.to_user_id")
    def _compute_to_user_ids(self):
        for takeover in self:
            takeover.to_user_ids = takeover.line_ids.to_user_id

    @api.depends("line_ids")
    def _compute_customer_count(self):
        for takeover in self:
            takeover.customer_count = len(takeover.line_ids)

    @api.depends("line_ids.counts")
    @api.depends_context("lang")
    def _compute_what(self):
        labels = self._get_labels()
        for takeover in self:
            counts = takeover.line_ids.mapped("counts")
            takeover.what = self._describe(counts, labels)

    @api.model
    def _get_labels(self):
        """Return {code: label} of the kinds of work there are."""
        parts = self._get_parts(self.env.company, self.env.user)
        return {code: part.label for code, part in parts.items()}

    @api.model
    def _describe(self, counts, labels):
        """Return dicts of numbers by kind, summed up: `Promises: 3, Disputes: 1`."""
        total = Counter()
        for one in counts:
            total.update(one or {})
        # A kind whose addon is gone has no label any more.
        order = sorted(total, key=lambda code: [*labels, code].index(code))
        return ", ".join(f"{labels.get(code, code)}: {total[code]}" for code in order)

    def _describe_whole(self):
        """Return from whom and to whom, how many customers, and what."""
        self.ensure_one()
        return self.env._(
            "%(leaver)s → %(successors)s, customers: %(count)s. %(what)s",
            leaver=self.from_user_id.name,
            successors=", ".join(self.to_user_ids.mapped("name")),
            count=self.customer_count,
            what=self.what,
        )

    # === WHAT IS TO BE TAKEN OVER ===#

    @api.model
    def _get_parts(self, company, leaver):
        """Return {code: Part} of what is open, in the order in which it moves.

        :param company: root company; what belongs to it or to branches the user works
            in moves, nothing of another one
        """
        hung = Domain("company_id", "=", company.id)
        booked = Domain("company_id", "in", self._get_branches(company).ids)
        return {
            "profile": Part(
                self.env._("Customers to collect from"),
                "sale.collection.profile",
                hung,
            ),
            "partner": Part(
                self.env._("Contacts"),
                "res.partner",
                self._get_contacts_domain(company, leaver),
                customers=list,
            ),
            "order": Part(
                self.env._("Orders"),
                "sale.order",
                booked & self._get_open_orders_domain(),
            ),
            "draft_invoice": Part(
                self.env._("Draft invoices"),
                "account.move",
                booked
                & Domain("move_type", "=", "out_invoice")
                & Domain("state", "=", "draft"),
                owner="invoice_user_id",
            ),
            "promise": Part(
                self.env._("Promises"),
                "sale.collection.promise",
                hung & Domain("state", "in", ("draft", "open")),
            ),
            "support": Part(
                self.env._("Support"),
                "sale.collection.promise.support",
                hung & Domain("state", "in", ("planned", "released")),
            ),
            "dispute": Part(
                self.env._("Disputes"),
                "sale.collection.dispute",
                hung & Domain("state", "=", "open"),
            ),
            "review": Part(
                self.env._("Credit reviews"),
                "sale.collection.review",
                hung & Domain("state", "=", "draft"),
            ),
            "activity": Part(
                self.env._("Activities"),
                "mail.activity",
                Domain("res_model", "in", sorted(self._get_activity_models())),
                customers=lambda rows: self._get_activity_customers(rows, company),
            ),
        }

    @api.model
    def _get_branches(self, company):
        """Return the companies of this root company that the user works in."""
        return self.env.companies.filtered(lambda one: one.root_id == company)

    @api.model
    def _get_open_orders_domain(self):
        """Return the domain of quotations, and of orders not invoiced in full."""
        left = Domain("state", "=", "sale") & Domain("invoice_status", "!=", "invoiced")
        return Domain("state", "in", ("draft", "sent")) | left

    @api.model
    def _get_contacts_domain(self, company, leaver):
        """Return the domain of contacts whose salesperson may change.

        A contact has one for all companies: while the leaver collects from the
        customer in another company too, that company hands over the contact.
        """
        profiles = self.env["sale.collection.profile"].sudo()
        elsewhere = profiles._search(
            [("user_id", "=", leaver.id), ("company_id", "!=", company.id)]
        )
        customers = elsewhere.subselect(SQL.identifier(profiles._table, "partner_id"))
        companies = [False, *self._get_branches(company).ids, company.id]
        return Domain("company_id", "in", companies) & Domain(
            "commercial_partner_id", "not in", customers
        )

    @api.model
    def _get_activity_models(self):
        """Return {model: where the customer stands} of all with activities of ours."""
        needed = {"activity_ids", "partner_id", "company_id"}
        ours = {
            name: "partner_id"
            for name, model in self.env.items()
            if name.startswith(PREFIX) and needed <= set(model._fields)
        }
        return CUSTOMERS | ours

    @api.model
    def _get_activity_customers(self, activities, company):
        """Return the contacts activities are about; none in another company."""
        companies = self._get_branches(company) | company
        partners = {}
        for model, own in activities.grouped("res_model").items():
            path = self._get_activity_models()[model]
            documents = self.env[model].sudo().browse(own.mapped("res_id")).exists()
            for document in documents:
                there = document.company_id
                if not there or there in companies:
                    partners[model, document.id] = document[path]
        nobody = self.env["res.partner"]
        return [partners.get((one.res_model, one.res_id), nobody) for one in activities]

    @api.model
    def _collect(self, company, leaver):
        """Return {customer id: {code: ids}} of what is open and the leaver's.

        With as many queries for any number of customers.

        :param company: root company
        """
        found = defaultdict(dict)
        for code, part in self._get_parts(company, leaver).items():
            owned = part.domain & Domain(part.owner, "=", leaver.id)
            records = self.env[part.model].sudo().search(owned, order="id")
            for record, contact in zip(records, part.customers(records), strict=True):
                customer = contact.commercial_partner_id
                if customer:
                    found[customer.id].setdefault(code, []).append(record.id)
        return dict(found)

    # === TAKE OVER ===#

    @api.model
    def _hand_over(self, company, leaver, given):
        """Move work to its new owners and keep a record of it.

        Of two users at once the later one sees what the first has moved.

        :param company: root company; the caller has checked the right to
        :param dict given: {customer id: `Given`} as shown to the user
        :return: the takeover
        :raise UserError: nothing of it is the leaver's any more
        """
        self.env["sale.collection.lock"]._take(company, ["takeover"])
        moves, counts = assign(given, self._collect(company, leaver))
        if not moves:
            raise UserError(
                self.env._(
                    "%(leaver)s has nothing of this any more. Open the dialog again to "
                    "see what is left.",
                    leaver=leaver.sudo().name,
                )
            )
        parts = self._get_parts(company, leaver)
        for code, part in parts.items():
            for (moved, successor_id), ids in moves.items():
                if moved == code:
                    records = self.env[part.model].sudo().with_context(**QUIET)
                    successor = self.env["res.users"].sudo().browse(successor_id)
                    self._move(part, records.browse(ids), successor)
        return self.sudo().create(
            {
                "company_id": company.id,
                "from_user_id": leaver.id,
                "user_id": self.env.uid,
                "date": company._collection_today(),
                "line_ids": [
                    Command.create(
                        {
                            "partner_id": customer_id,
                            "to_user_id": given[customer_id].successor,
                            "counts": own,
                        }
                    )
                    for customer_id, own in counts.items()
                ],
            }
        )

    @api.model
    def _move(self, part, records, successor):
        """Give records of one kind to a successor, in superuser mode."""
        records.write({part.owner: successor.id})
