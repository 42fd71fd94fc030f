from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError

from ...tools.entry import find_flaw, find_named

PREFIX = "sale.collection."
MAIL = ("mail.message", "mail.followers", "mail.activity", "rating.rating")


class Base(models.AbstractModel):
    """What a client hands over to a form of ours is looked at before it is used.

    Forms and dialogs fill in what they propose in superuser mode, for people without
    rights in accounting. No record rule looks at records a client merely names: without
    this a form that is not saved yet would tell its user about any customer, and a
    dialog would act on it.
    """

    _inherit = "base"

    # === WHERE CLIENTS COME IN ===#

    def onchange(self, values, field_names, fields_spec):
        # EXTENDS web: nothing is proposed about what the user may not see
        if self._name.startswith(PREFIX):
            self._collection_check_values(values)
            defaults = self._collection_get_defaults([values])
            self._collection_check_given([defaults, values])
        else:
            self._collection_check_given([self._collection_keep_ours(values)])
        return super().onchange(values, field_names, fields_spec)

    @api.model_create_multi
    def create(self, vals_list):
        if self._name.startswith(PREFIX) and not self.env.su:
            for vals in vals_list:
                self._collection_check_values(vals)
            defaults = self._collection_get_defaults(vals_list)
            self._collection_check_given([defaults, *vals_list])
        return super().create(vals_list)

    def write(self, vals):
        if self._name.startswith(PREFIX) and not self.env.su:
            self._collection_check_values(vals)
            self._collection_check_given([vals])
        return super().write(vals)

    # === RECORDS GIVEN ===#

    def _collection_get_given(self, name, operation="read"):
        """Return the records in a field of a dialog, checked as the user.

        The one way for a dialog to what it acts on, before any superuser mode.

        :param str operation: what the user must have the right to
        :raise AccessError: the user has not, or works in another company
        """
        # Read in superuser mode: record rules would drop what is to be refused.
        records = self.sudo()[name]._origin.with_env(self.sudo(False).env)
        records._collection_check_shown()
        if operation != "read":
            records.check_access(operation)
        return records

    @api.model
    def _collection_get_defaults(self, values_list):
        """Return the records that forms take by default, as a context may say."""
        names = [
            name
            for name, field in self._fields.items()
            if field.relational and any(name not in values for values in values_list)
        ]
        return self.default_get(names) if names else {}

    @api.model
    def _collection_keep_ours(self, values):
        """Return those values of a form of core that name records of ours."""
        return {
            name: value
            for name, value in values.items()
            if name in self._fields
            and (self._fields[name].comodel_name or "").startswith(PREFIX)
        }

    @api.model
    def _collection_check_given(self, values_list):
        """Check that the user may see all records that values name.

        :param values_list: dicts as for `onchange`, `create` or `write`
        :raise AccessError: one is of another user or company
        """
        given = defaultdict(set)
        for values in values_list:
            self._collection_collect_given(values, given)
        for model, ids in given.items():
            self.env[model].browse(ids)._collection_check_shown()

    @api.model
    def _collection_collect_given(self, values, given):
        """Add the ids that values name to {model: ids}."""
        for name, value in values.items():
            field = self._fields.get(name)
            # Messages and activities are guarded by core, by the record they are of.
            if not field or not field.relational or field.comodel_name in MAIL:
                continue
            ids, rows = self._collection_find_named(field, value)
            given[field.comodel_name].update(ids)
            for row in rows:
                self.env[field.comodel_name]._collection_collect_given(row, given)

    @api.model
    def _collection_find_named(self, field, value):
        """Return the ids and the rows that the value of a relation names.

        :raise ValidationError: it cannot be told
        """
        try:
            return find_named(value, field.type != "many2one")
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "%(field)s: choose a record of the list.",
                    field=field._description_string(self.env),
                )
            ) from error

    def _collection_check_shown(self):
        """Check that the user may see these records, in the companies they work in.

        :raise AccessError: they may not, or there is no such record
        """
        present = self.exists()
        hidden = self - present._collection_filter_shown()
        if hidden:
            (hidden & present).sudo(False).check_access("read")
            raise AccessError(
                self.env._(
                    "These records are not yours: %(model)s.", model=self._description
                )
            )

    def _collection_filter_shown(self):
        """Return those of these records that the user may see."""
        return self & self.sudo(False)._filtered_access("read")

    # === VALUES GIVEN ===#

    @api.model
    def _collection_check_values(self, values):
        """Refuse numbers and days nobody can work with, and users who are no staff.

        :raise ValidationError: naming the field and the way out
        """
        for name, value in values.items():
            field = self._fields.get(name)
            if not field:
                continue
            flaw = find_flaw(field.type, value)
            if flaw:
                label = field._description_string(self.env)
                raise ValidationError(self._collection_describe_flaw(flaw, label))
            if not field.relational:
                continue
            ids, rows = self._collection_find_named(field, value)
            if field.comodel_name == "res.users":
                self._collection_check_staff(field, ids)
            elif field.comodel_name.startswith(PREFIX):
                for row in rows:
                    self.env[field.comodel_name]._collection_check_values(row)

    @api.model
    def _collection_check_staff(self, field, user_ids):
        """Refuse customers and suppliers with a login where one of us is meant."""
        users = self.env["res.users"].sudo().browse(user_ids).exists()
        for user in users.filtered("share"):
            raise ValidationError(
                self.env._(
                    "%(field)s: %(user)s is no employee. Choose an internal user.",
                    field=field._description_string(self.env),
                    user=user.name,
                )
            )

    @api.model
    def _collection_describe_flaw(self, flaw, label):
        """Return the sentence that names the field and the way out."""
        if flaw == "day":
            return self.env._("%(field)s: choose a day from 1990 to 2099.", field=label)
        if flaw == "integer":
            return self.env._(
                "%(field)s: enter a whole number below two billion.", field=label
            )
        if flaw == "number":
            return self.env._(
                "%(field)s: enter a number of at most 15 digits.", field=label
            )
        return self.env._(
            "%(field)s: this text holds a character that cannot be stored. Type it "
            "anew.",
            field=label,
        )
