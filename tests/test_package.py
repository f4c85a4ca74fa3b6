"""The package as `import forensic_style as fs`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import forensic_style as fs


def test_importing_costs_neither_numba_nor_scikit_learn() -> None:
    program = "import sys, forensic_style; print({'numba', 'sklearn', 'cv2'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from forensic_style.cli import app; app(['--help'], standalone_mode=False);"
        "print(len(sys.modules), {'numba', 'sklearn', 'cv2', 'numpy', 'scipy', 'pyarrow', 'jinja2'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    count, heavy = answer.stdout.splitlines()[-1].split(" ", 1)
    assert heavy == "set()"
    assert int(count) < 400


def test_public_names_exist_and_no_submodule_hides_them() -> None:
    for name in fs.__all__:
        assert getattr(fs, name) is not None
    assert callable(fs.cluster)
    assert callable(fs.extract)


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = fs.nothing  # type: ignore[attr-defined]


def test_a_place_for_compiled_kernels_is_found_even_where_nothing_can_be_written(tmp_path: Path) -> None:
    package = tmp_path / "forensic_style"
    shutil.copytree(Path(fs.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "kernels" / "__pycache__").write_text("a file where a folder is wanted")
    program = "import numpy, forensic_style.kernels.tone as t; print(t.count_levels(numpy.zeros((1, 2, 2), 'u1'), 2))"
    environment = os.environ | {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull, "PYTHONPATH": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)
    command = [sys.executable, "-B", "-c", program]
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path)
    assert answer.stdout == "[[4 0]]\n", answer.stderr
    assert "Set NUMBA_CACHE_DIR to a folder that can be written" in answer.stderr
