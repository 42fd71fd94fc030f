"""Actions that open a list or a dialog, as values for the web client."""

from typing import Any


def open_list(
    name: str, model: str, domain: list, modes: str = "list,form", **context: Any
) -> dict:
    """An action that opens the records of ``model`` on a domain.

    >>> action = open_list("Late", "sale.order", [("id", "in", [7])], create=False)
    >>> action["view_mode"], action["context"]
    ('list,form', {'create': False})
    """
    return {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": model,
        "view_mode": modes,
        "domain": domain,
        "context": context,
    }


def open_dialog(
    name: str, model: str, res_id: int = 0, view_id: int = 0, **context: Any
) -> dict:
    """An action that opens a form in a dialog: of a new record unless one is given.

    It names its view, so that a script may open it as it is.

    >>> action = open_dialog("New", "sale.order", default_partner_id=7)
    >>> action["views"], action["target"], action["res_id"]
    ([(False, 'form')], 'new', False)
    """
    return {
        "type": "ir.actions.act_window",
        "name": name,
        "res_model": model,
        "res_id": res_id or False,
        "view_mode": "form",
        "views": [(view_id or False, "form")],
        "target": "new",
        "context": context,
    }
