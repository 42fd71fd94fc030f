from odoo import api, models
from odoo.tools import format_date

# So many instalments stand in a message; the list behind its link has all.
MOST_ROWS = 20


class SaleCollectionEarlyWarning(models.AbstractModel):
    """Tells each rep once a week what will probably be late, and why."""

    _name = "sale.collection.early.warning"
    _description = "Early warning"

    @api.model
    def _collect_warnings(self, company):
        """Return {rep: instalments that will probably be late} of a root company.

        To the collector, else to the salesperson of the invoice; those alone who work
        with collection.
        """
        branches = self.env["res.company"].sudo()
        branches = branches.search([("id", "child_of", company.id)])
        items = self.env["sale.collection.open.item"].sudo()
        items = items.with_context(allowed_company_ids=branches.ids)
        found = items.search([("is_early_warning", "=", True)])
        by_rep = found.grouped(lambda item: item.collector_id or item.user_id)
        group = self.env.ref("sale_collection.group_user")
        reps = self.env["res.users"].sudo()
        reps = reps.search(
            [
                ("id", "in", [rep.id for rep in by_rep]),
                ("share", "=", False),
                ("all_group_ids", "in", group.id),
            ]
        )
        return {rep: by_rep[rep] for rep in reps}

    @api.model
    def _send_warnings(self, warnings):
        """Send each rep the list of its instalments, in the rep's language.

        :param dict warnings: {rep: instalments}
        """
        for rep, items in warnings.items():
            own = self.with_context(lang=rep.lang)
            own._send_warning(rep, items.with_context(lang=rep.lang))

    @api.model
    def _send_warning(self, rep, items):
        """Send one message, the largest amounts first."""
        items = items.sorted(lambda item: (-item.amount, item.id))
        self.env["mail.thread"].sudo().message_notify(
            subject=self.env._(
                "Will probably be late: %(amount)s", amount=self._format_sum(items)
            ),
            body=self.env["ir.qweb"]._render(
                "sale_collection_insight.early_warning_message",
                self._prepare_message(items),
            ),
            partner_ids=rep.partner_id.ids,
            # Who starts a run by hand is told as well, an author is not.
            author_id=self.env.ref("base.partner_root").id,
            email_layout_xmlid="sale_collection.mail_layout",
        )

    @api.model
    def _prepare_message(self, items):
        more = len(items) - MOST_ROWS
        return {
            "intro": self.env._(
                "Due within two weeks and probably late: %(amount)s. Ask before it is.",
                amount=self._format_sum(items),
            ),
            "items": items[:MOST_ROWS],
            "describe": self._describe_item,
            "more": more > 0 and self.env._("And %(count)s more.", count=more),
            "link": self.env._("Open the list"),
        }

    @api.model
    def _describe_item(self, item):
        """Return an instalment in words, with what its risk goes by."""
        return self.env._(
            "%(invoice)s over %(amount)s, due on %(day)s: %(why)s",
            invoice=item.move_id.name,
            amount=item.company_currency_id.format(item.amount),
            day=format_date(self.env, item.date_due),
            why=item.risk_reason,
        )

    @api.model
    def _format_sum(self, items):
        """Return what is open of instalments, once for each currency."""
        return " + ".join(
            currency.format(sum(same.mapped("amount")))
            for currency, same in items.grouped("company_currency_id").items()
        )
