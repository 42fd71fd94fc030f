"""Messages as a preview shows them."""


def describe(message, steps):
    """Return a message as plain values; amounts in company currency.

    :param dict steps: {id: id of the step to show instead}, as of a draft
    """
    return {
        "partner_id": message.partner,
        "step_id": steps.get(message.step, message.step),
        "move_id": message.move,
        "reason": message.reason,
        "amount": message.amount,
        "lines": [
            {
                "line_id": part.line,
                "step_id": steps.get(part.step, part.step),
                "due_date": part.due,
                "amount": part.amount,
            }
            for part in message.parts
        ],
    }
