def uninstall_hook(env):
    """Let parts be due on their day: nothing is left that they could wait for."""
    parts = env["sale.collection.contract.line"]
    parts.search([("milestone_id", "!=", False)])._stop_waiting()
