from odoo import api, models
from odoo.exceptions import UserError


class SaleCollectionAppendOnly(models.AbstractModel):
    """Rows that are written by SQL alone and that nobody edits or deletes."""

    _name = "sale.collection.append.only"
    _description = "Append-only record"

    # The check of `super` asks for its own suppression, so pylint calls it useless.
    # pylint: disable=useless-suppression
    # pylint: disable=method-required-super,no-raise-unlink

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(self._get_append_only_message())

    def write(self, vals):
        raise UserError(self._get_append_only_message())

    def unlink(self):
        raise UserError(self._get_append_only_message())

    def copy(self, default=None):
        raise UserError(self._get_append_only_message())

    @api.model
    def _get_append_only_message(self):
        """Say who writes the rows and what to do instead of editing."""
        raise NotImplementedError
