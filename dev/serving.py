"""A server of Odoo as a process: started, waited for, stopped."""

import socket
import subprocess
import time
import urllib.error
import urllib.request

from .base import Stop, log_file, show_end


def free_port():
    """Return a port of 127.0.0.1 that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def check_port(port):
    """Stop when ``port`` is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Stop(
                f"Port {port} of 127.0.0.1 is taken: stop what runs there or name "
                "another one with PORT=, for instance PORT=8070."
            ) from error


class Server:
    """One server of Odoo on 127.0.0.1 for one database."""

    def __init__(self, odoo, database, *, port=None, log="server.log", flags=()):
        self.odoo = odoo
        self.database = database
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log_file(log)
        self.flags = flags
        self.process = None

    def start(self, seconds=120):
        """Start the server and wait until it answers."""
        command = self.odoo.command(
            *("-d", self.database, f"--db-filter=^{self.database}$"),
            *(f"--http-port={self.port}", f"--logfile={self.log}", *self.flags),
        )
        self.process = subprocess.Popen(
            command,
            env=self.odoo.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + seconds
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                show_end(self.log)
                raise Stop(f"Odoo does not start: the whole log is {self.log}.")
            time.sleep(0.2)

    def answers(self):
        """Tell whether the server answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/web/health", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def stop(self):
        """Stop the server and wait for its end."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """End the server at once, as a crash would."""
        self.process.kill()
        self.process.wait()
