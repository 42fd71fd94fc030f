"""What a file is that a customer sends, by what stands in it and not by its name."""

#: What is taken: (how a file begins, at which byte, its type, how its name ends).
SIGNS = (
    (b"\xff\xd8\xff", 0, "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", "png"),
    (b"WEBP", 8, "image/webp", "webp"),
    (b"%PDF-", 0, "application/pdf", "pdf"),
)
TYPES = tuple(kind for _sign, _start, kind, _end in SIGNS)


def find_type(content: bytes) -> tuple[str, str] | None:
    """Return the type of an image or PDF and how its name ends, None for all else.

    >>> find_type(b"%PDF-1.7 ..."), find_type(b"RIFF0000WEBPVP8")
    (('application/pdf', 'pdf'), ('image/webp', 'webp'))
    >>> find_type(b"<html>"), find_type(b"")
    (None, None)
    """
    for sign, start, kind, end in SIGNS:
        if content[start : start + len(sign)] == sign:
            return kind, end
    return None


def make_name(name: str, end: str) -> str:
    r"""Return a name that says what the file is, whatever the customer called it.

    >>> make_name("C:\\photos\\box.html", "jpg"), make_name("../..", "pdf")
    ('box.jpg', 'photo.pdf')
    """
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    return f"{(stem[0] or stem[2]).strip('. ')[:80] or 'photo'}.{end}"
