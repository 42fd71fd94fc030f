"""Finds Odoo 19: ``ODOO_DIR`` when given, else Debian's package, unpacked here."""

import re
import shutil
from pathlib import Path

from .apt import PrivateApt, unpack
from .base import WORK, Stop, check_disk, setting, step

PACKAGE = "odoo-19"
#: Packages the static files of Odoo link into.
STATIC = re.compile(r"^(libjs-|fonts-)")
#: Files a page of Odoo loads and the Debian build lacks: empty stands in for them,
#: else every page logs an error (background blur of calls is what is lost).
MISSING = ["mail/static/lib/selfie_segmentation/selfie_segmentation.js"]


def find():
    """Return the folder that holds the ``odoo`` Python package, fetched if needed."""
    given = setting("ODOO_DIR")
    return _given(Path(given)) if given else _packaged()


def _given(folder):
    for candidate in (folder, folder / "usr/lib/python3/dist-packages"):
        if (candidate / "odoo" / "release.py").exists():
            return _check_version(candidate.resolve())
    raise Stop(f"ODOO_DIR={folder} holds no Odoo: point it at a checkout of Odoo 19.")


def _check_version(folder):
    text = (folder / "odoo" / "release.py").read_text()
    version = re.search(r"version_info = \((\d+)", text)
    if not version or version.group(1) != "19":
        raise Stop(f"{folder} is not Odoo 19: set ODOO_DIR to a checkout of Odoo 19.")
    return folder


def _packaged():
    target = WORK / "odoo"
    folder = target / "usr/lib/python3/dist-packages"
    if not target.exists():
        check_disk()
        with step(f"getting Odoo 19 (Debian's package {PACKAGE})"):
            _fetch(target)
    return folder


def _fetch(target):
    """Unpack Odoo and what its static files link into, whole or not at all."""
    partial = target.with_name("odoo.partial")
    shutil.rmtree(partial, ignore_errors=True)
    apt = PrivateApt()
    shutil.rmtree(apt.packages)
    apt.packages.mkdir()
    apt.update()
    (odoo,) = apt.download([f"{PACKAGE}/unstable"])
    static = [name for name in apt.depends(odoo) if STATIC.match(name)]
    for deb in [odoo, *apt.download(static)]:
        unpack(deb, partial)
    _stand_in(partial / "usr/lib/python3/dist-packages/odoo/addons")
    _check_version(partial / "usr/lib/python3/dist-packages")
    partial.rename(target)
    shutil.rmtree(apt.packages)


def _stand_in(addons):
    for name in MISSING:
        path = addons / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
