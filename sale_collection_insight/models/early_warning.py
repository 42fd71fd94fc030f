from odoo import api, models

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
            self._send_warning(rep, items.with_context(lang=rep.lang))

    @api.model
    def _send_warning(self, rep, items):
        items = items.sorted(lambda item: (-item.amount, item.id))
        currency = items[:1].company_currency_id
        body = (
            self.env["ir.qweb"]
            .with_context(lang=rep.lang)
            ._render(
                "sale_collection_insight.early_warning_message",
                {
                    "items": items[:MOST_ROWS],
                    "more": len(items) - MOST_ROWS,
                    "amount": sum(items.mapped("amount")),
                    "currency": currency,
                },
            )
        )
        translate = items.env._
        self.env["mail.thread"].sudo().message_notify(
            subject=translate(
                "%(count)s instalments will probably be late: %(amount)s",
                count=len(items),
                amount=currency.format(sum(items.mapped("amount"))),
            ),
            body=body,
            partner_ids=rep.partner_id.ids,
            email_layout_xmlid="sale_collection.mail_layout",
        )
