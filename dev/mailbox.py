"""A mail server that delivers nothing: what a served demo sends is kept in files."""

import itertools
import socketserver
import threading
import time


class Mailbox(socketserver.ThreadingTCPServer):
    """Listens on a free port of 127.0.0.1 and keeps each mail in a folder."""

    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.folder = folder
        self.number = itertools.count(1)

    @property
    def port(self):
        """Return the port it listens on."""
        return self.server_address[1]

    def open(self):
        """Listen until the process ends or `shutdown` is called."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def keep(self, lines):
        """Write one mail to a file named after the time it came."""
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{next(self.number)}.eml"
        (self.folder / name).write_bytes(b"".join(lines))


class Conversation(socketserver.StreamRequestHandler):
    """Speaks as much of SMTP as a client needs to hand over its mails."""

    def handle(self):
        """Answer commands until the client leaves."""
        self.answer("220 mailbox of the demo")
        for line in self.rfile:
            word = line[:4].strip().upper()
            if word == b"DATA":
                self.answer("354 go on")
                self.server.keep(self.read_mail())
            self.answer("221 bye" if word == b"QUIT" else "250 ok")
            if word == b"QUIT":
                return

    def read_mail(self):
        """Return the lines of a mail, up to the dot that ends it."""
        ended = iter(self.rfile.readline, b".\r\n")
        # A dot that begins a line is doubled on the way.
        return [line[line.startswith(b"..") :] for line in ended if line]

    def answer(self, text):
        """Send one line."""
        self.wfile.write(f"{text}\r\n".encode())
