"""Pins, names and connection settings: what can be checked without a download."""

import os

import pytest

from dev import postgres, serving, source, venv
from dev.base import ROOT, Stop
from dev.server import check_name

PINS = (ROOT / "dev/odoo-pins.txt").read_text()


@pytest.mark.parametrize("python", ("3.10", "3.11", "3.12", "3.13"))
def test_every_python_has_every_pin(python):
    """The table has a version for each package; greenlet is free where gevent wants."""
    lines = venv.read_pins(PINS, python)
    assert len(lines) == len(set(lines)) > 30
    assert ("greenlet" in lines) == (python in ("3.10", "3.11"))
    assert any(line.startswith("psycopg2-binary==") for line in lines)


def test_requirements_of_a_checkout():
    """A checkout's own file is taken, less what no addon of the project loads."""
    text = "greenlet==2.0.2 ; a  # why\npython-ldap==3 ; b\n\n# x\nlxml==4.9.3\n"
    assert venv.adapt_requirements(text, "3.11") == ["greenlet", "lxml==4.9.3"]


def test_odoo_dir_without_odoo(tmp_path, monkeypatch):
    """A wrong ODOO_DIR is named with the way out."""
    monkeypatch.setenv("ODOO_DIR", str(tmp_path))
    with pytest.raises(Stop, match="ODOO_DIR=.* checkout of Odoo 19"):
        source.find()


def test_odoo_dir_of_another_version(tmp_path, monkeypatch):
    """Another version of Odoo is refused."""
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo/release.py").write_text("version_info = (18, 0, 0, FINAL)\n")
    monkeypatch.setenv("ODOO_DIR", str(tmp_path))
    with pytest.raises(Stop, match="is not Odoo 19"):
        source.find()


@pytest.mark.parametrize("dsn", ["db.local", "mysql://db", "postgresql://:x", "a b"])
def test_unreadable_dsn(dsn):
    """An address that is none is an error that shows how to write one."""
    with pytest.raises(Stop, match="postgresql://user"):
        postgres.parse_dsn(dsn)


def test_given_server(monkeypatch):
    """DSN wins over PGHOST; without both the embedded server is used."""
    for name in ("DSN", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    assert postgres.given() is None
    monkeypatch.setenv("PGHOST", "db.local")
    assert postgres.given() == {"PGHOST": "db.local"}
    monkeypatch.setenv("DSN", "postgresql://me@other")
    assert postgres.given()["PGHOST"] == "other"


def test_role_postgres_is_refused():
    """Odoo does not work as the role postgres; this is said before it starts."""
    with pytest.raises(Stop, match="'postgres'"):
        postgres.check_given({"PGUSER": "postgres"})


def test_silent_server_is_named():
    """A server that does not answer is told, with the settings to correct."""
    settings = {"PGHOST": "127.0.0.1", "PGPORT": str(serving.free_port())}
    with pytest.raises(Stop, match="PGHOST, PGPORT"):
        postgres.check_given(settings)


@pytest.mark.parametrize("name", ["", "Big", "a b", "x;y", "-x", "a" * 60])
def test_bad_database_names(name):
    """A name that would need quoting or is none is refused."""
    with pytest.raises(Stop, match="NAME="):
        check_name(name)


def test_taken_port():
    """A taken port is told with the option that names another."""
    with serving.socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Stop, match="PORT="):
            serving.check_port(other.getsockname()[1])


def test_socket_path_fits(monkeypatch, tmp_path):
    """A deep checkout gets a short path for the socket."""
    cluster = postgres.Cluster("work")
    cluster.home = tmp_path / ("deep" * 40)
    assert len(os.fsencode(cluster.socket())) < 80
