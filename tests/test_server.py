"""The application as its users reach it: over HTTP, each with an own session."""

import pytest

from dev.roles import ROLES

from .client import ServerError


@pytest.mark.parametrize("role", [role.login for role in ROLES])
def test_every_role_signs_in(sign_in, role):
    """Each role gets the web client and sees the Collection menu."""
    client = sign_in(role)
    assert client.uid
    assert "odoo" in client.page("/odoo")
    menus = client.call("ir.ui.menu", "load_menus", False)
    names = {menu["name"] for menu in menus.values()}
    assert "Collection" in names


def test_wrong_password_is_refused(server, sign_in):
    """A wrong password is an error, not a session."""
    with pytest.raises(ServerError, match="(?i)denied|wrong"):
        sign_in("nobody")
