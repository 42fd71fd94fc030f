from odoo import http
from odoo.http import content_disposition, request


class EvidenceController(http.Controller):
    """Evidence about a customer is downloaded while it is read."""

    @http.route(
        "/sale_collection/evidence/<int:profile_id>",
        type="http",
        auth="user",
        methods=["GET"],
    )
    def download_evidence(self, profile_id):
        """Send the zip of a customer the user may read, and note that it was taken."""
        profile = request.env["sale.collection.profile"].browse(profile_id)
        if not profile.sudo().exists():
            return request.not_found()
        profile.check_access("read")
        evidence = request.env["sale.collection.evidence"]
        evidence._note_download(profile)
        name = evidence._get_archive_name(profile)
        return request.make_response(
            evidence._stream_apart(profile),
            [
                ("Content-Type", "application/zip"),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
                # a proxy that collects the whole answer first has nothing to send
                ("X-Accel-Buffering", "no"),
            ],
        )
