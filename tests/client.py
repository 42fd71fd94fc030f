"""A user of the web client, as far as tests from outside need one."""

import json
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode


class ServerError(Exception):
    """What the server answered instead of a result; ``kind`` names its exception."""

    def __init__(self, error):
        data = error.get("data", {})
        self.kind = data.get("name", "").rpartition(".")[2]
        super().__init__(data.get("message") or error.get("message"))


class Visitor:
    """One browser nobody has signed in with: its own session and cookies."""

    def __init__(self, url):
        self.url = url
        self._open = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        ).open

    def post(self, path, params, timeout=60):
        """Call a JSON route; return its result or raise ServerError."""
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params})
        request = urllib.request.Request(
            self.url + path, body.encode(), {"Content-Type": "application/json"}
        )
        with self._open(request, timeout=timeout) as response:
            answer = json.load(response)
        if "error" in answer:
            raise ServerError(answer["error"])
        return answer.get("result")

    def page(self, path):
        """Return the text of a page."""
        return self.file(path).decode()

    def file(self, path, form=None):
        """Return what an address sends, as it is.

        :param form: pairs of name and value of a form to send there
        """
        data = form and urlencode(form).encode()
        with self._open(self.url + path, data, timeout=60) as response:
            return response.read()


class Client(Visitor):
    """One signed-in browser."""

    def __init__(self, url, database, login, password):
        super().__init__(url)
        self.login = login
        answer = self.post(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )
        self.uid = answer["uid"]

    def call(self, model, method, *args, **kwargs):
        """Call a method of a model as the web client does."""
        return self.post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )
