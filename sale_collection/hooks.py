def post_init_hook(env):
    """Fill the ledger from the reconciliations the database already has.

    The money it shows is no news: nobody is told of it.
    """
    env["sale.collection.receipt"]._build()
    env["sale.collection.money.notice"]._skip_present()
