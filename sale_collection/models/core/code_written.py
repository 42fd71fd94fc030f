from odoo import api, models
from odoo.models import MAGIC_COLUMNS


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
    def _get_projected_fields(self):
        """Return the names of stored fields that users never write."""
        return {
            name
            for name, field in self._fields.items()
            if field.store and field.readonly and name not in MAGIC_COLUMNS
        }

    @api.model
    def _strip_projections(self, vals, kept=frozenset()):
        """Return the values a user may give, without those only code writes."""
        if self.env.su:
            return vals
        stripped = self._get_projected_fields() - kept
        return {name: value for name, value in vals.items() if name not in stripped}

    @api.model
    def _prepare_projections(self, vals_list):
        """Return for each new record what code writes with its first values."""
        return [{} for _vals in vals_list]

    @api.model
    def default_get(self, fields):
        # EXTENDS base: a context is a client's, in superuser mode too
        given = {key for key in self.env.context if key.startswith("default_")}
        if given:
            names = self._get_projected_fields() - self._created_with | {"state"}
            forged = given.intersection(f"default_{name}" for name in names)
            context = dict(self.env.context)
            for key in forged:
                del context[key]
            self = self.with_context(context)
        return super().default_get(fields)

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [
            self._strip_projections(vals, self._created_with) for vals in vals_list
        ]
        written = self._prepare_projections(vals_list)
        return super().create(
            [{**vals, **more} for vals, more in zip(vals_list, written, strict=True)]
        )

    def write(self, vals):
        return super().write(self._strip_projections(vals))
