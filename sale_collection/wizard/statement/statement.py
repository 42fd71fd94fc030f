import base64
import io
import zipfile

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ...models.statement.profile import PERIOD_MONTHS


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
    recipients = fields.Char(string="To", compute="_compute_recipients")
    file = fields.Binary(readonly=True, attachment=False)
    filename = fields.Char(readonly=True)

    @api.model
    def _get_default_date_from(self):
        today = self.env.company._collection_today()
        return today.replace(day=1) - relativedelta(months=PERIOD_MONTHS - 1)

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
        """Queue the mails and say how many."""
        self.ensure_one()
        left = self.profile_ids._send_statement(date_from=self.date_from)
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": self.env._(
                    "%(count)s statements are on their way.",
                    count=len(self.profile_ids) - len(left),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

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
