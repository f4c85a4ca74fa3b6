"""The package as `import forensic_style as fs`."""

from __future__ import annotations

import subprocess
import sys

import pytest

import forensic_style as fs


def test_importing_costs_neither_numba_nor_scikit_learn() -> None:
    program = "import sys, forensic_style; print({'numba', 'sklearn', 'cv2'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"


def test_public_names_exist_and_no_submodule_hides_them() -> None:
    for name in fs.__all__:
        assert getattr(fs, name) is not None
    assert callable(fs.cluster)
    assert callable(fs.extract)


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = fs.nothing  # type: ignore[attr-defined]
