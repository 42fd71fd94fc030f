"""The mail server of a served demo keeps what it is given."""

import smtplib

from dev.mailbox import Mailbox


def test_mails_are_kept(tmp_path):
    """Each mail is a file with the lines sent, dots at their beginning too."""
    mailbox = Mailbox(tmp_path).open()
    try:
        with smtplib.SMTP("127.0.0.1", mailbox.port) as client:
            for subject in ("One", "Two"):
                text = f"Subject: {subject}\r\n\r\n.5 open\r\nend"
                client.sendmail("a@x.example", ["b@y.example"], text)
    finally:
        mailbox.shutdown()
        mailbox.server_close()
    kept = sorted(path.read_text() for path in tmp_path.glob("*.eml"))
    assert [text.splitlines() for text in kept] == [
        ["Subject: One", "", ".5 open", "end"],
        ["Subject: Two", "", ".5 open", "end"],
    ]
