"""Windows and dialogs that buttons open."""


def open_window(model, name=None, /, view="list,form", **values):
    """Return the action that opens records of a model.

    :param model: the records to show the form of, or an empty set of the model
    :param str name: title, translated; left out, that of the view
    :param str view: kinds of view in their order; for records always the form
    :param values: more keys of the action, such as `domain` and `context`
    """
    if model:
        values.setdefault("res_id", model.id)
        view = "form"
    return {
        "type": "ir.actions.act_window",
        **({"name": name} if name else {}),
        "res_model": model._name,
        "view_mode": view,
        # Complete for clients that do not ask the server to complete it.
        "views": [(False, kind) for kind in view.split(",")],
        **values,
    }


def open_dialog(model, name=None, /, view=None, context=None, **defaults):
    """Return the action that opens a form of a model in a dialog.

    :param model: the record to show, or an empty set of the model for a new one
    :param str name: title, translated; left out, that of the dialog
    :param str view: XML id of the form; the model's first one when left out
    :param dict context: more keys of the context, such as `dialog_size`
    :param defaults: {field: value} of the new record
    """
    defaults = {f"default_{field}": value for field, value in defaults.items()}
    view_id = view and model.env.ref(view).id
    return open_window(
        model,
        name,
        "form",
        views=[(view_id or False, "form")],
        target="new",
        context={**(context or {}), **defaults},
    )
