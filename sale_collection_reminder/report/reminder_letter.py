import io

from lxml import html
from markupsafe import Markup

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
        text = self.env["sale.collection.reminder.text"]
        providers = text._get_providers(reminders.company_id)
        return {
            "doc_ids": docids,
            "doc_model": reminders._name,
            "docs": reminders,
            "enclosures": {one.id: enclosure._get_names(one) for one in reminders},
            "headings": {one.id: _get_heading(one) for one in reminders},
            "bodies": {one.id: _drop_links(one.body) for one in reminders},
            "codes": {
                one.id: one.profile_id._get_pay_code(one.line_ids.line_id)
                for one in reminders
            },
            "methods": {
                one.id: text._find_methods(text._get_rows(one), providers)
                .sorted()
                .mapped("name")
                for one in reminders
            },
        }


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # EXTENDS base: each letter is followed by what it encloses
        streams = super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        if not res_ids or self._get_report(report_ref).report_name != LETTER:
            return streams
        reminders = self.env["sale.collection.reminder"].browse(dict.fromkeys(res_ids))
        files = self.env["sale.collection.reminder.enclosure"]._print(reminders)
        for reminder_id, enclosed in files.items():
            if enclosed:
                stream = streams[reminder_id]
                stream["stream"] = _enclose(stream["stream"], enclosed)
        return streams


def _get_heading(reminder):
    """Return the subject without the company: a letter has it in its head."""
    subject = reminder.with_context(lang=reminder.lang).subject or ""
    for separator in (":", "\N{FULLWIDTH COLON}"):
        subject = subject.removeprefix(f"{reminder.company_id.name}{separator}")
    subject = subject.strip()
    return subject[:1].upper() + subject[1:]


def _drop_links(body):
    """Return a text without links: nobody clicks on paper.

    A text that was written for a mail goes out as a letter when the mail came back.
    A link alone in its cell goes, words that are a link stay.
    """
    if not body or "<a" not in body:
        return body
    root = html.fragment_fromstring(body, create_parent="div")
    for link in list(root.iter("a")):
        cell = link.getparent()
        if cell.tag == "td" and cell.text_content().strip() == link.text_content():
            link.drop_tree()
        else:
            link.drop_tag()
    return Markup(html.tostring(root, encoding="unicode"))


def _enclose(letter, files):
    """Return one PDF of a letter and the files it encloses."""
    pages = [letter.getvalue(), *(content for __, content in files)]
    return io.BytesIO(merge_pdf(pages))
