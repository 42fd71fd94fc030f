import io

from odoo import api, models
from odoo.tools.pdf import merge_pdf

LETTER = "sale_collection_reminder.reminder_letter"


class ReportReminderLetter(models.AbstractModel):
    """Reminders on paper."""

    _name = "report.sale_collection_reminder.reminder_letter"
    _description = "Reminder letter"

    @api.model
    def _get_report_values(self, docids, data=None):
        reminders = self.env["sale.collection.reminder"].browse(docids)
        reminders.check_access("read")
        reminders = reminders.sudo()
        enclosure = self.env["sale.collection.reminder.enclosure"]
        return {
            "doc_ids": docids,
            "doc_model": reminders._name,
            "docs": reminders,
            "enclosures": {one.id: enclosure._get_names(one) for one in reminders},
        }


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # EXTENDS base: each letter is followed by what it encloses
        print_streams = super()._render_qweb_pdf_prepare_streams
        if not res_ids or self._get_report(report_ref).report_name != LETTER:
            return print_streams(report_ref, data, res_ids)
        streams = {}
        # One by one: not every build of the printer can take many letters apart.
        for reminder_id in dict.fromkeys(res_ids):
            streams |= print_streams(report_ref, dict(data or {}), [reminder_id])
        reminders = self.env["sale.collection.reminder"].browse(streams)
        files = self.env["sale.collection.reminder.enclosure"]._print(reminders)
        for reminder_id, stream in streams.items():
            if files.get(reminder_id):
                stream["stream"] = _enclose(stream["stream"], files[reminder_id])
        return streams


def _enclose(letter, files):
    """Return one PDF of a letter and the files it encloses."""
    pages = [letter.getvalue(), *(content for __, content in files)]
    return io.BytesIO(merge_pdf(pages))
