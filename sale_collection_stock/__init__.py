from . import models
from . import report


def post_init_hook(env):
    """Note what orders on hold have not launched: they may be older than this addon."""
    held = env["sale.order"].search(
        [
            ("collection_hold_state", "in", ("held", "rejected", "released")),
            ("state", "=", "sale"),
        ]
    )
    held.order_line._collection_note_held()
