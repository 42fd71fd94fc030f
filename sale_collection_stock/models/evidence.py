from functools import partial

from odoo import api, models

REPORT = "stock.action_report_delivery"


class SaleCollectionEvidence(models.AbstractModel):
    """Delivery slips the customer signed, on the screen or on paper."""

    _inherit = "sale.collection.evidence"

    @api.model
    def _get_readers(self):
        return [
            *super()._get_readers(),
            (40, self.env._("Deliveries"), "_read_deliveries"),
        ]

    @api.model
    def _read_deliveries(self, profile):
        """Read what is attached to deliveries; a mere signature is on the slip.

        Of a delivery nobody signed there is nothing.
        """
        pickings = self.env["stock.picking"].sudo()
        pickings = pickings.search(
            [
                ("picking_type_code", "=", "outgoing"),
                ("state", "=", "done"),
                ("company_id", "in", self._get_companies(profile).ids),
                ("partner_id.commercial_partner_id", "=", profile.partner_id.id),
            ],
            order="date_done, id",
        )
        for batch in self._read_batches(pickings):
            shown = self._filter_deliveries(batch)
            for picking, files in self._find_signed(batch).items():
                slip = f"{picking.name}.pdf"
                if picking not in shown:
                    yield slip, partial(self._refuse, picking)
                elif files:
                    yield from self._read_files(files, picking.name)
                else:
                    yield slip, partial(self._print, REPORT, picking)

    @api.model
    def _find_signed(self, pickings):
        """Return {delivery: files attached to it} of those that were signed.

        What is attached is the paper that came back; of one that was signed on the
        screen alone there are no files.
        """
        signatures = self._find_files(pickings, "signature")
        files = self._find_files(pickings)
        return {
            picking: files.get(picking.id, ())
            for picking in pickings
            if picking.id in signatures or picking.id in files
        }

    @api.model
    def _filter_deliveries(self, pickings):
        """Return those the user may read, or whose invoice they may read.

        Collectors have no rights in the warehouse, and an invoice tells more.
        """
        shown = pickings.sudo(False)._filtered_access("read")
        invoices = pickings.sale_id.invoice_ids.sudo(False)._filtered_access("read")
        return pickings.filtered(
            lambda one: one in shown or one.sale_id.invoice_ids & invoices
        )
