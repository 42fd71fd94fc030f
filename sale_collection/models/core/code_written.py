from odoo import api, models
from odoo.models import MAGIC_COLUMNS
from odoo.tools import ormcache


class SaleCollectionCodeWritten(models.AbstractModel):
    """A record whose state and figures are written by code only.

    Readonly in a form is no guard: a client writes what it likes, or has it filled in
    by `default_*` in the context. Values of readonly stored fields are left out of
    what users create, write, copy and import. Code writes them in superuser mode.
    """

    _name = "sale.collection.code.written"
    _description = "Record with a state written by code"

    # Readonly fields that say what a new record is about: given once, at creation.
    _created_with = frozenset()

    @api.model
    @ormcache()
    def _get_code_written(self):
        """Return the names of stored fields that users never write."""
        return frozenset(
            name
            for name, field in self._fields.items()
            if field.store and field.readonly and name not in MAGIC_COLUMNS
        )

    @api.model
    def _strip_code_written(self, vals, kept=frozenset()):
        """Return the values a user may give, without those only code writes."""
        stripped = self._get_code_written() - kept
        if self.env.su or stripped.isdisjoint(vals):
            return vals
        return {name: value for name, value in vals.items() if name not in stripped}

    @api.model
    def _prepare_code_written(self, vals_list):
        """Return for each new record what code writes with its first values."""
        return [{} for _vals in vals_list]

    @api.model
    def default_get(self, fields):
        # EXTENDS base: a context is a client's, in superuser mode too
        names = self._get_code_written() - self._created_with | {"state"}
        forged = {f"default_{name}" for name in names}.intersection(self.env.context)
        if forged:
            context = self.env.context.items()
            kept = {key: value for key, value in context if key not in forged}
            self = self.with_env(self.env(context=kept))
        return super().default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [
            self._strip_code_written(vals, self._created_with) for vals in vals_list
        ]
        written = self._prepare_code_written(vals_list)
        return super().create(
            [{**vals, **more} for vals, more in zip(vals_list, written, strict=True)]
        )

    def write(self, vals):
        return super().write(self._strip_code_written(vals))
