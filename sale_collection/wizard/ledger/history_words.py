"""Words of the import of trade history: what is wrong, and the way out."""


def get_reason(env, code, **details):
    """Return why a line was rejected, for the person who must correct it."""
    reasons = {**_get_cell_reasons(env), **_get_invoice_reasons(env)}
    return reasons[code] % details


def _get_cell_reasons(env):
    return {
        "missing_value": env._("%(column)s is empty"),
        "too_many_cells": env._(
            "More cells than the first line has: put quotes around a cell that "
            "holds the separator"
        ),
        "control_character": env._(
            "%(column)s holds a character that is no text: type it anew"
        ),
        "too_long": env._("%(column)s is longer than %(most)s characters"),
        "unreadable_date": env._(
            "%(column)s: %(value)s is not a date of the chosen form"
        ),
        "year": env._(
            "%(column)s: %(value)s is not between the years %(first)s and %(last)s"
        ),
        "bad_amount": env._("%(column)s: %(value)s is not a number of the chosen form"),
        "not_positive": env._("amount: %(value)s is not above zero"),
        "too_small": env._("amount: %(value)s is nothing in this currency"),
        "too_large": env._("amount: %(value)s is no possible amount"),
        "open_out_of_range": env._(
            "open_amount: %(value)s is not between zero and the amount"
        ),
        "poison": env._("The database refuses the line: %(message)s"),
    }


def _get_invoice_reasons(env):
    return {
        "due_before_invoice": env._("due_date is before invoice_date"),
        "paid_before_invoice": env._("paid_date is before invoice_date"),
        "paid_in_future": env._("paid_date is in the future"),
        "paid_but_open": env._("paid_date is given and all is still open"),
        "paid_without_date": env._("Nothing is open and paid_date is empty"),
        "other_refused": env._(
            "Line %(line)s of the same invoice is rejected: correct it first"
        ),
        "other_terms": env._(
            "Another date, due date or currency than line %(line)s of the same invoice"
        ),
        "duplicate": env._("Same invoice_ref as line %(line)s"),
        "unknown_currency": env._("Unknown currency %(currency)s"),
        "no_rate": env._("Currency %(currency)s has no rate: enter one first"),
        "unknown_customer": env._("No customer has the reference or name %(ref)s"),
        "ambiguous_customer": env._(
            "Several customers have the reference or name %(ref)s"
        ),
    }


def get_question(env, code, **details):
    """Return what is asked about a file."""
    contradicted = env._(
        "%(value)s (line in brackets) does not fit the form you chose. Choose another."
    )
    questions = {
        "encoding": env._(
            "The letters of the file could be read in several ways. Are these "
            "names right? %(names)s. If not, choose another encoding."
        ),
        "columns": env._(
            "Missing in the first line of the file: %(columns)s. Say below which "
            "column of the file is which; check the separator too."
        ),
        "columns_chosen": env._("Say below which column of the file is which."),
        "dates_ambiguous": env._(
            "%(value)s (line in brackets) can be read as day and month or as month "
            "and day. Choose how dates look."
        ),
        "dates_contradicted": contradicted,
        "dates_mixed": env._(
            "Dates stand in two forms, such as %(first)s and %(second)s (lines in "
            "brackets). Write all dates of the file in one form."
        ),
        "amounts_ambiguous": env._(
            "%(value)s (line in brackets) can be read as a decimal number or as "
            "thousands. Choose how amounts look."
        ),
        "amounts_contradicted": contradicted,
        "amounts_mixed": env._(
            "Amounts stand in two forms, such as %(first)s and %(second)s (lines "
            "in brackets). Choose how amounts look: others are rejected."
        ),
    }
    return questions[code] % details


def get_file_message(env, error):
    """Return why the file as a whole cannot be read, and the way out."""
    messages = {
        "empty": env._("The file holds no invoices."),
        "spreadsheet": env._(
            "This spreadsheet cannot be read. Save it as .xlsx or CSV."
        ),
        "pdf": env._(
            "This is a PDF: its figures cannot be read safely. Export the list as "
            "CSV or as a spreadsheet."
        ),
        "encoding": env._(
            "The file is not written in %(encoding)s. Choose another encoding."
        ),
        "encoding_unknown": env._(
            "The encoding of the file cannot be told. Choose it, or save the file "
            "as UTF-8."
        ),
        "unreadable": env._("The file cannot be read: %(message)s."),
    }
    return messages[error.code] % error.details
