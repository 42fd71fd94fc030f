from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.visit import REPLAN_DAYS


class SaleCollectionVisitSent(models.AbstractModel):
    """A visit to which somebody is sent who sees other customers.

    Whoever is sent sees the customer for the visit: what is owed, what was promised,
    and logs what came of it. Only those may send who see the customer themselves, and
    visits that somebody plans for themselves let them see nothing.
    """

    _name = "sale.collection.visit.sent"
    _description = "Visit by somebody who was sent"

    sent_by_id = fields.Many2one(
        "res.users",
        string="Sent by",
        readonly=True,
        copy=False,
        help="Lets a visitor who sees other customers see this one, until 14 days "
        "after the visit.",
    )

    @api.model
    def _get_sent_query(self, companies):
        """Return the subselect of the customers that the user is sent to.

        From the day it is planned until there is no time left to tell of the visit.
        """
        today = self.env.company.root_id._collection_today()
        sent = self.sudo()._search(
            [
                ("user_id", "=", self.env.uid),
                ("sent_by_id", "!=", False),
                ("state", "!=", "cancelled"),
                ("date", ">=", today - timedelta(REPLAN_DAYS)),
                ("company_id", "in", companies.root_id.ids),
            ]
        )
        partner = self._fields["partner_id"]
        return sent.subselect(
            SQL.identifier(self._table, "partner_id", to_flush=partner)
        )

    def _check_may_send(self):
        """Refuse that somebody who sees a customer for a visit lets others see it."""
        customers = self.partner_id
        mine = customers._filter_collection_lasting()
        for visit in self.filtered(lambda one: one.partner_id not in mine):
            owner = visit.profile_id.user_id or visit.partner_id.user_id
            raise ValidationError(
                self.env._(
                    "Date, Visitor: %(customer)s is not your own customer. Ask "
                    "%(owner)s, or plan another visit for yourself.",
                    customer=visit.partner_id.display_name,
                    owner=owner.sudo().name or self.env._("a credit controller"),
                )
            )

    def _send(self):
        """Let visitors see the customers that the user sends them to.

        :raise ValidationError: the user may send nobody there, or this visitor could
            not open the visit
        """
        sent = self.filtered(lambda visit: visit.user_id != self.env.user)
        sent._check_may_send()
        group = self.env.ref("sale_collection.group_user")
        for visit in sent.sudo():
            visitor, company = visit.user_id, visit.company_id
            if (
                group not in visitor.all_group_ids
                or company not in visitor.company_ids.root_id
            ):
                raise ValidationError(
                    self.env._(
                        "Visitor: %(name)s does not work with collection in "
                        "%(company)s. Choose somebody else, or ask an administrator "
                        "for the right.",
                        name=visitor.name,
                        company=company.name,
                    )
                )
        sent.sudo().sent_by_id = self.env.user
        (self - sent).sudo().sent_by_id = False
