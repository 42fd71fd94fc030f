import re

from odoo.tools import file_open


def count_clicks(path, tour):
    """Return the clicks of a tour in a file of tours; typing is none.

    Steps that tours of the file share count as well, those of core do not.
    """
    with file_open(path) as source:
        text = source.read()
    steps = text.split(f'"{tour}"', 1)[1].split(".add(", 1)[0]
    for shared in re.findall(r"\.\.\.(\w+)\(", steps):
        steps += text.split(f"const {shared} =", 1)[1].split("\n];", 1)[0]
    return len(re.findall(r'run: "(?:dbl)?click', steps))
