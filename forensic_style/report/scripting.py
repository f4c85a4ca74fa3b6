"""The page's scripts as one, and the policy that lets browsers run this one and nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from markupsafe import Markup

# In this order: the state first, its first cut last.
SCRIPTS = ("state", "notice", "differences", "tree", "map", "sheets", "crossing", "export", "files", "start")


@cache
def load_script() -> Markup:
    """All scripts in one closed scope, which goes into the page as it is."""
    folder = files("forensic_style.report").joinpath("scripts")
    parts = [folder.joinpath(f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS]
    script = '"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"
    if "</" in script or "<!--" in script:
        raise ValueError("A script holds what would end it early in a page.")
    return Markup(script)


def write_policy(script: str) -> Markup:
    """The content security policy: nothing is loaded, and of scripts only this one runs."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return Markup(f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'")
