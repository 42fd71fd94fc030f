import base64
import io
import zipfile

from odoo import api, fields, models

from ...models.statement.profile import SEND_DELAY

# More customers than these are not listed one by one before sending.
SHOWN = 20


class SaleCollectionStatement(models.TransientModel):
    """Prints, downloads or sends the statements of account of chosen customers."""

    _name = "sale.collection.statement"
    _description = "Statement of account"

    profile_ids = fields.Many2many(
        "sale.collection.profile", string="Customers", required=True
    )
    date_from = fields.Date(
        string="Payments since",
        required=True,
        default=lambda self: self._get_default_date_from(),
    )
    unreachable = fields.Char(
        string="Without an e-mail address",
        compute="_compute_recipients",
        help="They get nothing. Print or download theirs.",
    )
    recipients = fields.Char(compute="_compute_recipients")
    summary = fields.Html(compute="_compute_summary", sanitize=False)
    file = fields.Binary(readonly=True, attachment=False)
    filename = fields.Char(readonly=True)

    @api.model
    def _get_default_date_from(self):
        today = self.env.company._collection_today()
        return self.env["sale.collection.profile"]._get_period_start(today)

    @api.depends("profile_ids")
    def _compute_recipients(self):
        for dialog in self:
            contacts = dialog.profile_ids._origin._get_role_contacts("finance")
            missing = [
                profile.display_name
                for profile, contact in contacts.items()
                if not contact.email
            ]
            emails = {contact.email for contact in contacts.values()} - {False}
            dialog.unreachable = ", ".join(missing)
            dialog.recipients = ", ".join(sorted(emails))

    @api.depends("profile_ids")
    def _compute_summary(self):
        for dialog in self:
            shown = dialog.profile_ids._origin[:SHOWN]
            contacts = shown._get_role_contacts("finance")
            statements = shown._collect_statements()
            rows = [
                {
                    "customer": profile.display_name,
                    "email": contacts[profile].email,
                    **self._describe_totals(statements[profile.id]["totals"]),
                }
                for profile in shown
            ]
            dialog.summary = self.env["ir.qweb"]._render(
                "sale_collection.statement_summary",
                {"rows": rows, "more": len(dialog.profile_ids) - len(shown)},
            )

    @api.model
    def _describe_totals(self, totals):
        """Return what is open, and what of it overdue, in words."""
        currencies = self.env["res.currency"]
        words = {}
        for name in ("balance", "overdue"):
            sums = {}
            for total in totals:
                currency = currencies.browse(total.currency_id)
                sums[currency] = sums.get(currency, 0.0) + getattr(total, name)
            words[name] = currencies._collection_format_sum(sums)
        return words

    # === ACTIONS ===#

    def action_print(self):
        return self.env.ref("sale_collection.report_statement").report_action(
            self.profile_ids, data=self._get_print_data(), config=False
        )

    def action_download(self):
        """Download one workbook, or an archive of one for each customer."""
        self.ensure_one()
        workbooks = self._render_workbooks()
        if len(workbooks) == 1:
            [(name, content)] = workbooks
        else:
            name, content = self._get_archive(workbooks)
        self.write({"file": base64.b64encode(content), "filename": name})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file/{name}?download=true",
            "target": "self",
            "close": True,
        }

    def action_send(self):
        """Have the statements sent, and say to whom, how much, and until when not."""
        self.ensure_one()
        left = self.profile_ids._send_statement(self.date_from)
        text = self._describe_sent(self.profile_ids - left)
        if left:
            text += " " + self.env._(
                "Not sent, as there is no e-mail address: %(customers)s.",
                customers=", ".join(left.mapped("display_name")),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "sticky": bool(left),
                "message": text,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _describe_sent(self, profiles):
        """Return what is on its way: to whom, what it says, how to stop it."""
        statements = profiles._collect_statements()
        amounts = self._describe_totals(
            [total for one in statements.values() for total in one["totals"]]
        )
        what = self._describe_recipient(profiles)
        if not amounts["balance"]:
            what = self.env._("%(what)s: nothing open.", what=what)
        elif not amounts["overdue"]:
            what = self.env._(
                "%(what)s: %(open)s open.", what=what, open=amounts["balance"]
            )
        else:
            what = self.env._(
                "%(what)s: %(open)s open, %(overdue)s of it overdue.",
                what=what,
                open=amounts["balance"],
                overdue=amounts["overdue"],
            )
        how = self.env._(
            "It leaves in %(minutes)s minutes; until then you can cancel it in the "
            "messages of the customer.",
            minutes=SEND_DELAY.seconds // 60,
        )
        return f"{what} {how}"

    def _describe_recipient(self, profiles):
        if len(profiles) != 1:
            return self.env._("%(count)s statements", count=len(profiles))
        return self.env._(
            "Statement of %(customer)s to %(email)s",
            customer=profiles.partner_id.name,
            email=profiles._get_role_contacts("finance")[profiles].email,
        )

    # === FILES ===#

    def _get_print_data(self):
        return {
            "date_from": self.date_from.isoformat(),
            "ids": self.profile_ids.ids,
        }

    def _render_workbooks(self):
        """Return pairs of file name and content, one for each customer."""
        statements = self.profile_ids._collect_statements(date_from=self.date_from)
        writer = self.env["report.sale_collection.statement_xlsx"]
        return [
            (
                f"{profile._get_statement_name()}.xlsx",
                writer._render(profile, statements[profile.id]),
            )
            for profile in self.profile_ids
        ]

    def _get_archive(self, files):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, (name, content) in enumerate(files, 1):
                # Two customers may have one name.
                archive.writestr(f"{number:04} {name}", content)
        return self.env._("Statements of account") + ".zip", stream.getvalue()
