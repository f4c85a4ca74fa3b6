"""Frozen records back from JSON, nothing in it trusted: a value of another type, and a name not known, are refused."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

Record = TypeVar("Record")


def read_records(kind: type[Record], values: Any, where: str, *, derived: tuple[str, ...] = ()) -> tuple[Record, ...]:
    """A list of records of one kind; see :func:`read_record`."""
    if not isinstance(values, list):
        raise ValueError(f"{where} is no list")
    return tuple(read_record(kind, value, f"{where}[{number}]", derived=derived) for number, value in enumerate(values))


def read_record(kind: type[Record], value: Any, where: str, *, derived: tuple[str, ...] = ()) -> Record:
    """Make a dataclass of what :func:`dataclasses.asdict` made of it and JSON kept.

    Parameters
    ----------
    kind : a dataclass of texts, numbers, truth values, literals, tuples, dictionaries and such dataclasses
    value : what JSON gave
    where : its place, for the message
    derived : names of entries that follow from the others, and are passed over

    Raises
    ------
    ValueError
        where a field is missing that has no default, is not known, or is of another type.

    >>> @dataclasses.dataclass
    ... class Side:
    ...     clusters: tuple[int, ...]
    ...     height: float | None = None
    >>> read_record(Side, {"clusters": [0, 2]}, "joins[0]")
    Side(clusters=(0, 2), height=None)
    >>> read_record(Side, {"clusters": [0, "2"]}, "joins[0]")
    Traceback (most recent call last):
    ...
    ValueError: joins[0].clusters[1] is '2', and not a whole number
    """
    if not isinstance(value, dict):
        raise ValueError(f"{where} is no record")
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(value) - set(fields) - set(derived))
    if unknown:
        raise ValueError(f"{where} has the unknown entry {unknown[0]!r}")
    for name, field in fields.items():
        has_default = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        if name not in value and not has_default:
            raise ValueError(f"{where} lacks {name}")
    hints = typing.get_type_hints(kind)
    read = {name: read_value(hints[name], value[name], f"{where}.{name}") for name in fields if name in value}
    return kind(**read)


def read_value(kind: Any, value: Any, where: str) -> Any:
    """A value of a type as an annotation names it; ValueError for another."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        others = [argument for argument in arguments if argument is not types.NoneType]
        return None if value is None and len(others) < len(arguments) else read_value(others[0], value, where)
    if origin is typing.Literal:
        return _check(value in arguments and isinstance(value, str), value, where, f"one of {', '.join(arguments)}")
    if origin is tuple:
        return _read_tuple(arguments, value, where)
    if origin in (dict, Mapping):
        _check(isinstance(value, dict), value, where, "a dictionary")
        return {name: read_value(arguments[1], entry, f"{where}.{name}") for name, entry in value.items()}
    if dataclasses.is_dataclass(kind):
        return read_record(kind, value, where)  # type: ignore[arg-type]
    return _read_plain(kind, value, where)


def _read_tuple(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    _check(isinstance(value, list), value, where, "a list")
    kinds = (arguments[0],) * len(value) if arguments[-1] is Ellipsis else arguments
    _check(len(kinds) == len(value), value, where, f"a list of {len(kinds)}")
    return tuple(
        read_value(kind, entry, f"{where}[{place}]")
        for place, (kind, entry) in enumerate(zip(kinds, value, strict=True))
    )


def _read_plain(kind: Any, value: Any, where: str) -> Any:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return float(_check(is_whole or isinstance(value, float), value, where, "a number"))
    if kind is int:
        return _check(is_whole, value, where, "a whole number")
    if kind in (str, bool):
        return _check(isinstance(value, kind), value, where, "text" if kind is str else "true or false")
    raise TypeError(f"{where} is declared as {kind!r}, which is read from no file")


def _check(is_right: bool, value: Any, where: str, what: str) -> Any:
    if not is_right:
        shown = repr(value) if len(repr(value)) < 50 else type(value).__name__
        raise ValueError(f"{where} is {shown}, and not {what}")
    return value
