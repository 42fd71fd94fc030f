"""Our figures beside the database's own aggregate, on a made-up ledger, in one run."""
