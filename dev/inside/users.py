"""Makes the users of the roles: ``python -m dev.inside.users DATABASE``."""

import sys

from odoo.fields import Command

from ..roles import ROLES
from .session import environment


def make_users(env):
    """Make the user of every role that is not there yet; the password is the login."""
    Users = env["res.users"].with_context(no_reset_password=True)
    there = set(Users.search([]).mapped("login"))
    Users.create(
        [
            {
                "login": role.login,
                "password": role.login,
                "name": role.name,
                "email": f"{role.login}@example.com",
                "group_ids": [Command.link(env.ref(name).id) for name in role.groups],
            }
            for role in ROLES
            if role.login not in there
        ]
    )


if __name__ == "__main__":
    with environment(sys.argv[1]) as env:
        make_users(env)
