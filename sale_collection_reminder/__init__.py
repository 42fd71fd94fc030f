from . import models
from . import wizard
from . import report
<<<<<<< HEAD


def uninstall_hook(env):
    """Delete reminders and plans before the texts they must not be without.

    Otherwise each text that is in use is tried, and logged as an error, several times.
    """
    env.cr.execute("DELETE FROM sale_collection_reminder")
    env["sale.collection.ladder"].with_context(active_test=False).search([]).unlink()
=======
from .hooks import post_init_hook, uninstall_hook
>>>>>>> main
