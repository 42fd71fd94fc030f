import logging
from contextlib import closing
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.evidence import Archive

_logger = logging.getLogger(__name__)


class SaleCollectionEvidence(models.AbstractModel):
    """The evidence about a customer in one zip, which leaves while it is read."""

    _inherit = "sale.collection.evidence"

    @api.model
    def _get_readers(self):
        return [
            *super()._get_readers(),
            (85, self.env._("Final demands"), "_read_demands"),
        ]

    @api.model
    def _read_demands(self, profile):
        """Read final demands as they were printed, and what came back."""
        handovers = self.env["sale.collection.handover"].search(
            [("profile_id", "=", profile.id), ("demand_date", "!=", False)],
            order="demand_date, id",
        )
        for batch in self._read_batches(handovers):
            files = self._find_files(batch)
            for one in batch:
                name = self.env._("Final demand %(day)s", day=one.demand_date)
                letter = "sale_collection_legal.report_final_demand"
                yield f"{name}.pdf", partial(self._print, letter, one)
                # The letter itself is kept among them.
                kept = f"Final demand {one.demand_date}.pdf"
                answers = [file for file in files.get(one.id, ()) if file.name != kept]
                yield from self._read_files(answers, name)

    @api.model
    def _get_download_action(self, profile):
        """Return the action that downloads the evidence about one customer.

        :raise UserError: nothing is known of the customer
        """
        if not profile:
            raise UserError(
                self.env._("This customer has no credit profile: there is no evidence.")
            )
        profile.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/sale_collection/evidence/{profile.id}",
            "target": "download",
        }

    @api.model
    def _get_archive_name(self, profile):
        today = profile.sudo().company_id._collection_today()
        return self.env._(
            "Evidence %(customer)s %(date)s.zip",
            customer=(profile.sudo().partner_id.name or "").replace("/", "-"),
            date=today.isoformat(),
        )

    @api.model
    def _note_download(self, profile):
        """Note on the customer that the user takes the evidence out of the house."""
        profile.sudo()._message_log(
            body=self.env._("The evidence file was downloaded."),
            author_id=self.env.user.partner_id.id,
        )

    @api.model
    def _stream_apart(self, profile):
        """Yield the bytes of the zip, read in a transaction of its own.

        A response is sent after the transaction of its request. All of the zip shows
        the ledger of one moment, and nothing is kept in the database.
        """
        with closing(self.env.registry.cursor()) as cr:
            # the caches of the request's transaction are gone with it
            own = profile.with_env(api.Environment(cr, self.env.uid, self.env.context))
            yield from own.env[self._name]._stream(own)

    @api.model
    def _stream(self, profile):
        """Yield the bytes of the zip of one customer.

        :param profile: one profile, readable by the user
        """
        now = fields.Datetime.context_timestamp(self, fields.Datetime.now())
        guard = self.env.cr.savepoint
        archive = Archive(now, lambda: guard(flush=False), self._describe_problem)
        heads = [
            self.env._("File"),
            self.env._("Size in bytes"),
            self.env._("SHA-256"),
            self.env._("Missing because"),
        ]
        return archive.stream(self._read_parts(profile), heads)

    @api.model
    def _describe_problem(self, part, error):
        """Return why a document is not in the zip, in words of its reader."""
        if isinstance(error, UserError):
            return str(error)
        _logger.warning("Evidence left out: %s", part.name, exc_info=error)
        if isinstance(error, OSError):
            return self.env._("The stored file cannot be read.")
        return self.env._("It could not be read: see the log of the server.")
