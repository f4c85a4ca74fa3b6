"""Tests of the command line, one file per command."""

from __future__ import annotations

from collections.abc import Callable

Outcome = tuple[int, str, str]
Run = Callable[..., Outcome]
"""Calls the command with arguments; gives exit code, stdout, stderr."""
