"""The sources of the private apt follow the machine's own configuration."""

import pytest

from dev.apt import machine_sources, pick_archive
from dev.base import Stop

DEB822 = """\
Types: deb
# a comment inside the stanza
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb-src
URIs: http://mirror.example/source
Suites: bookworm

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
"""


@pytest.fixture
def etc(tmp_path):
    """Return an empty folder of apt's configuration."""
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_deb822_sources(etc):
    """Every suite of a binary stanza counts; source packages and inline keys do not."""
    (etc / "sources.list.d" / "debian.sources").write_text(DEB822)
    sources = machine_sources(etc)
    assert [source.suite for source in sources] == [
        "bookworm",
        "bookworm-updates",
        "bookworm-security",
    ]
    assert sources[-1].signed_by == ""
    assert pick_archive(sources, "bookworm").line("unstable") == (
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
        "http://mirror.example/debian unstable main"
    )


def test_one_line_sources_come_first(etc):
    """The classic file is read before the folder, files with another end are not."""
    (etc / "sources.list").write_text("deb http://first.example/debian trixie main\n")
    parts = etc / "sources.list.d"
    (parts / "other.list").write_text("deb http://second.example/debian trixie main\n")
    (parts / "old.list.disabled").write_text("deb http://third.example trixie main\n")
    sources = machine_sources(etc)
    assert [source.uri for source in sources] == [
        "http://first.example/debian",
        "http://second.example/debian",
    ]
    assert pick_archive(sources, "trixie").uri == "http://first.example/debian"


def test_no_source_of_the_release(etc):
    """Without a source of the release the way out is named."""
    with pytest.raises(Stop, match="ODOO_DIR"):
        pick_archive(machine_sources(etc), "bookworm")
