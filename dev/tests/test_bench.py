"""The benchmark: its options, its ratios, its print."""

import pytest

from benchmarks import run
from dev.base import Stop


@pytest.mark.parametrize(
    "size,factor,sizes",
    [(None, None, (2000, 4000)), ("500", "1", (500,)), ("400", "0.5", (400, 200))],
)
def test_sizes(monkeypatch, size, factor, sizes):
    """SIZE and FACTOR give the two ledgers; a factor of 1 leaves one."""
    for name, value in (("SIZE", size), ("FACTOR", factor)):
        monkeypatch.setenv(name, value or "")
    assert run.get_sizes() == sizes


@pytest.mark.parametrize("size,factor", [("many", "2"), ("50", "2"), ("500", "-1")])
def test_unreadable_sizes(monkeypatch, size, factor):
    """What is no size is told with an example."""
    monkeypatch.setenv("SIZE", size)
    monkeypatch.setenv("FACTOR", factor)
    with pytest.raises(Stop, match="SIZE=2000"):
        run.get_sizes()


def test_print(capsys):
    """One line per figure with the growth; figures nobody took are left out."""
    names = {name for _label, name, _unit in run.LINES if name}
    small = dict.fromkeys((name for name in names if "peer" not in name), 0.01)
    run.print_table([small, {name: 2 * value for name, value in small.items()}])
    out = capsys.readouterr().out
    assert "10.0 ms         20.0 ms   x 2.0" in out
    assert "OCA" not in out
