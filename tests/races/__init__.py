"""Programs that let two real sessions meet on one database."""
