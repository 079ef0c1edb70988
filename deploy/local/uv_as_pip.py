"""Run uv as pip is set up: `python uv_as_pip.py UV ARGUMENTS…`, with the Python that has the pip in question.

uv reads none of pip's settings. This gives it the package indexes, links, trusted hosts and certificates that pip would
use, and the system's certificates. What is set for uv itself (UV_…) takes precedence.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping

SAME = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
SEVERAL = {
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
}
SECTIONS = ("global", "install", ":env:")
"""Where pip finds a setting, the last one with the most weight.

Source: https://pip.pypa.io/en/stable/topics/configuration/
"""


def settings_of_pip(listed: str) -> dict[str, str]:
    """Read the output of `pip config list`: lines like ``global.index-url='https://…'``."""
    found: dict[str, str] = {}
    for section in SECTIONS:
        for line in listed.splitlines():
            name, _, value = line.partition("=")
            where, _, what = name.rpartition(".")
            if where == section:
                found[what] = str(ast.literal_eval(value))
    return found


def settings_for_uv(pip: Mapping[str, str]) -> dict[str, str]:
    """Translate pip's settings to uv's environment."""
    found = {"UV_SYSTEM_CERTS": "1"}
    found |= {name: pip[what] for what, name in SAME.items() if what in pip}
    found |= {name: separator.join(pip[what].split()) for what, (name, separator) in SEVERAL.items() if what in pip}
    if "extra-index-url" in pip:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does; the lock's hashes keep strangers out
    return found


if __name__ == "__main__":
    told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    settings = settings_for_uv(settings_of_pip(told.stdout))
    sys.exit(subprocess.run(sys.argv[1:], env={**settings, **os.environ}, check=False).returncode)
