"""Every kernel has a naive twin, and every twin a kernel."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from numba.core.registry import CPUDispatcher

from forensic_style import kernels
from tests import naive

HERE = Path(__file__).parent
FILES = sorted(module.name for module in pkgutil.iter_modules(kernels.__path__))
TWIN_FILES = sorted(module.name for module in pkgutil.iter_modules(naive.__path__))
TWIN_MODULES = [importlib.import_module(f"tests.naive.{name}") for name in TWIN_FILES]


def _find_kernels() -> dict[str, Any]:
    modules = [importlib.import_module(f"forensic_style.kernels.{name}") for name in FILES]
    return {
        name: value for module in modules for name, value in vars(module).items() if isinstance(value, CPUDispatcher)
    }


def _find_twins() -> dict[str, FunctionType]:
    return {
        name: value
        for module in TWIN_MODULES
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not name.startswith("_")
    }


KERNELS, TWINS = _find_kernels(), _find_twins()


def test_there_are_kernels() -> None:
    assert len(KERNELS) >= 16


def test_every_kernel_has_a_twin() -> None:
    assert KERNELS.keys() - TWINS.keys() == set()


def test_every_twin_has_a_kernel() -> None:
    assert TWINS.keys() - KERNELS.keys() == set()


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_twin_takes_the_same_parameters(name: str) -> None:
    assert list(inspect.signature(TWINS[name]).parameters) == list(inspect.signature(KERNELS[name].py_func).parameters)


@pytest.mark.parametrize("name", FILES)
def test_kernel_file_has_a_test_file(name: str) -> None:
    assert (HERE / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_every_kernel_is_compared_with_its_twin(name: str) -> None:
    assert any(f"naive.{name}(" in file.read_text(encoding="utf-8") for file in HERE.glob("test_*.py"))


def test_every_kernel_file_has_a_file_of_twins() -> None:
    assert TWIN_FILES == FILES


@pytest.mark.parametrize("module", TWIN_MODULES, ids=TWIN_FILES)
def test_twins_import_nothing_from_the_package(module: ModuleType) -> None:
    tree = ast.parse(inspect.getsource(module))
    imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported += [name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names]
    assert not [name for name in imported if name is None or name.startswith(("forensic_style", "tests"))]


@pytest.mark.parametrize("name", sorted(KERNELS))
def test_kernel_neither_parallel_nor_reordering(name: str) -> None:
    options = KERNELS[name].targetoptions
    assert options["nogil"]
    assert not options.get("parallel")
    assert not options.get("fastmath")
