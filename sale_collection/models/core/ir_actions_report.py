from odoo import api, models


class IrActionsReport(models.Model):
    """Prints what we print of several records one by one.

    Not every build of the printer takes many documents apart: core refuses where it
    cannot. It merges what comes in pieces, once of each: a record named twice is one.
    """

    _inherit = "ir.actions.report"

    @api.model
    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # EXTENDS base
        print_streams = super()._render_qweb_pdf_prepare_streams
        data = data or {}
        # A print with data comes from the browser with the ids among them.
        ids = list(dict.fromkeys(res_ids or data.get("ids") or ()))
        if not ids or not self._collection_is_ours(report_ref):
            return print_streams(report_ref, data, res_ids)
        streams = {}
        for record_id in ids:
            own = {**data, "ids": [record_id]} if "ids" in data else dict(data)
            streams |= print_streams(report_ref, own, [record_id])
        return streams

    @api.model
    def _collection_is_ours(self, report_ref):
        """Tell whether a report belongs to this addon or to one that extends it."""
        return self._get_report(report_ref).report_name.startswith("sale_collection")
