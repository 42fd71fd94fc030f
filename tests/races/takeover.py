"""Two sessions at once that hand over the work of the same colleague.

Run as ``python -m tests.races.takeover DATABASE ROUNDS``; prints one JSON line for each
race: {"race": name, "rounds": n, "wrong": rounds after which something moved twice}.
"""

import json
import sys
from uuid import uuid4

from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.tools import config, mute_logger

from .ledger import Sessions

NAMES = ("leaver", "first", "second")


def prepare(env):
    """Return the ids of a leaver with three customers, and of two successors."""
    # No message about each customer: this is about who moves what.
    env = env(context={"mail_auto_subscribe_no_notify": True})
    mark = uuid4().hex[:8]
    group = env.ref("sale_collection.group_user")
    users = env["res.users"].create(
        [
            {
                "name": f"Race {name}",
                "login": f"race_{name}_{mark}",
                "group_ids": [Command.link(group.id)],
            }
            for name in NAMES
        ]
    )
    customers = env["res.partner"].create(
        [{"name": f"Race {number}", "user_id": users[0].id} for number in range(3)]
    )
    profiles = env["sale.collection.profile"]._for(customers)
    profiles.user_id = users[0]
    return users.ids, customers.ids


def open_dialog(env, leaver, successor, customers):
    """Return the id of a dialog with its preview, cut down to some customers."""
    dialog = env["sale.collection.takeover.dialog"].create(
        {"from_user_id": leaver, "to_user_id": successor}
    )
    dialog.action_preview()
    dialog.line_ids -= dialog.line_ids.filtered(
        lambda line: line.partner_id.id not in customers
    )
    return dialog.id


def race_dialogs(sessions, shown):
    """Apply two dialogs of a leaver at once, and return what is wrong afterwards.

    :param shown: positions of the customers each dialog shows
    """
    (leaver, *successors), customers = sessions.alone(prepare)
    dialogs = [
        sessions.alone(
            lambda env, to=to, own=own: open_dialog(
                env, leaver, to, [customers[number] for number in own]
            )
        )
        for to, own in zip(successors, shown, strict=True)
    ]
    sessions.race(
        *(
            lambda env, dialog=dialog: (
                env["sale.collection.takeover.dialog"].browse(dialog).action_apply()
            )
            for dialog in dialogs
        )
    )

    def wrong(env):
        """Each customer has the one owner that the one entry about it names."""
        takeovers = env["sale.collection.takeover"].search(
            [("from_user_id", "=", leaver)]
        )
        entries = takeovers.line_ids
        named = {line.partner_id.id: line.to_user_id for line in entries}
        moved = {customers[number] for own in shown for number in own}
        profiles = env["sale.collection.profile"].search(
            [("partner_id", "in", customers)]
        )
        return (
            len(entries) != len(moved)
            or {one.partner_id.id: one.user_id for one in profiles} != named
            or any(line.partner_id.user_id != line.to_user_id for line in entries)
            or any(line.counts != {"profile": 1, "partner": 1} for line in entries)
            or not all(one.line_ids for one in takeovers)
        )

    return wrong


def race_two_takeovers(sessions):
    """Both hand over everything: one does, the other is told there is nothing."""
    return race_dialogs(sessions, [(0, 1, 2), (0, 1, 2)])


def race_takeovers_that_overlap(sessions):
    """Each has two customers, one of them both: it moves once."""
    return race_dialogs(sessions, [(0, 1), (1, 2)])


RACES = (race_two_takeovers, race_takeovers_that_overlap)


def main(database, rounds):
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"])
    sessions = Sessions(Registry(database))
    # A session that loses a race says so; the test asks only who is right after.
    with mute_logger("odoo.sql_db", "odoo.service.model"):
        for race in RACES:
            wrong = [
                number for number in range(rounds) if sessions.alone(race(sessions))
            ]
            print(json.dumps({"race": race.__name__, "rounds": rounds, "wrong": wrong}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
