"""The command itself."""

from __future__ import annotations

import subprocess
import sys


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "forensic_style", "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "cluster" in answer.stdout
