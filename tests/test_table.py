"""FingerprintTable in memory and on disk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import forensic_style as fs
from forensic_style import parquet
from forensic_style.errors import ParameterError, TableError
from forensic_style.family import Group
from forensic_style.parquet import join_tables, name_part, write_parts
from forensic_style.places import Folder
from forensic_style.table import FamilyRecord, SkippedImage
from tests.samples import RENDERINGS, measure


@pytest.fixture
def table() -> fs.FingerprintTable:
    return measure(RENDERINGS).select_images(range(5))


def test_columns_are_family_group_index_in_the_order_of_the_catalogue(table: fs.FingerprintTable) -> None:
    assert table.columns == [name for family in fs.CATALOGUE for name in family.columns]
    assert table.values.shape == (20, len(table.columns))


def test_shares_are_the_columns_of_histograms(table: fs.FingerprintTable) -> None:
    shares = {name.rsplit(".", 1)[0] for name, share in zip(table.columns, table.shares, strict=True) if share}
    assert "spam.straight" in shares
    assert "noise.level" not in shares


def test_save_and_load_give_the_same_table(table: fs.FingerprintTable, tmp_path: Path) -> None:
    table.save(tmp_path)
    loaded = fs.load_table(tmp_path)
    assert loaded.images == table.images
    assert loaded.families == table.families
    for name in ("values", "groups", "windows", "missing"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(table, name))


@pytest.fixture
def gappy(table: fs.FingerprintTable) -> fs.FingerprintTable:
    """The same, and a family of the whole file that only images 0 and 3 have, with all that a JPEG file can claim."""
    groups = (Group("grey", 1, "value", "grey", "grey", "coloured"), Group("sizes", 2, "histogram", "sizes"))
    table = table.select_families([family.name for family in table.families if family.sees == "window"])
    header = FamilyRecord("header", "Header", "processing", 1, groups, "file", True)
    missing = np.zeros((5, len(table.families) + 1), dtype=bool)
    missing[[1, 2, 4], -1] = True
    measured = np.where(missing[table.groups, -1:], 0.0, 1.0 + table.groups[:, None] + [0, 1, 2])
    records = [
        replace(image, bit_depth=16, claims={"make": "Müller"}, jpeg_quality=None if missing[number, -1] else 90)
        for number, image in enumerate(table.images)
    ]
    records[0] = replace(records[0], jpeg_sampling="4:2:0", format="JPEG")
    records[1] = replace(records[1], brightness=None, sharpness=None, texture=None)
    return replace(
        table,
        images=tuple(records),
        families=(*table.families, header),
        values=np.hstack([table.values, measured]).astype(np.float32),
        missing=missing,
    )


def test_missing_families_are_told_from_measured_zeros(gappy: fs.FingerprintTable) -> None:
    missing = gappy.missing_values
    assert missing is not None
    assert missing.shape == gappy.values.shape
    np.testing.assert_array_equal(missing[:, -3:].all(axis=1), np.isin(gappy.groups, [1, 2, 4]))
    assert not missing[:, :-3].any()
    assert not gappy.values[missing].any()
    assert gappy.select_families(["noise"]).missing_values is None


def test_columns_of_the_whole_file_are_marked(gappy: fs.FingerprintTable) -> None:
    assert np.flatnonzero(gappy.per_file).tolist() == [len(gappy.columns) - 3 + place for place in range(3)]


def test_missing_families_come_back_as_missing_and_are_null_for_other_tools(
    gappy: fs.FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        parquet, "PART_BYTES", 2 * 4 * 4 * len(gappy.columns)
    )  # in the last part the family is missing throughout
    gappy.save(tmp_path)
    loaded = fs.load_table(tmp_path)
    assert loaded.images == gappy.images
    assert loaded.families == gappy.families
    for name in ("values", "groups", "windows", "missing"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(gappy, name))
    columns = pa.concat_tables([pq.read_table(part) for part in tmp_path.iterdir()]).sort_by("path")["header.grey.0"]
    assert (columns[0].as_py(), columns[4].as_py()) == (1.0, None)


def test_selection_takes_the_missing_along(gappy: fs.FingerprintTable) -> None:
    chosen = gappy.select_families(["header", "noise"]).select_images([3, 1])
    np.testing.assert_array_equal(chosen.missing, [[False, False], [False, True]])


def test_gaps_within_a_family_are_refused(gappy: fs.FingerprintTable, tmp_path: Path) -> None:
    gappy.save(tmp_path)
    (file,) = tmp_path.iterdir()
    part = pq.read_table(file)
    place = part.column_names.index("noise.level.0")
    holes = pa.array([None] * part.num_rows, pa.float32())
    pq.write_table(part.set_column(place, "noise.level.0", holes), file)
    with pytest.raises(TableError, match="The fingerprints have gaps: a family is there or missing as a whole"):
        fs.load_table(tmp_path)


def test_parts_hold_a_bounded_number_of_images(
    table: fs.FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "PART_BYTES", 2 * 4 * 4 * len(table.columns))
    table.save(tmp_path)
    counts = [len(set(pq.read_table(part)["path"].to_pylist())) for part in tmp_path.iterdir()]
    assert sorted(counts) == [1, 2, 2]
    np.testing.assert_array_equal(fs.load_table(tmp_path).values, table.values)


def test_saving_again_leaves_no_parts_of_the_table_before(
    table: fs.FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "PART_BYTES", 2 * 4 * 4 * len(table.columns))
    table.save(tmp_path)
    table.select_images([0]).save(tmp_path)
    assert fs.load_table(tmp_path).paths == table.paths[:1]


def test_an_empty_table_can_be_saved_and_loaded(table: fs.FingerprintTable, tmp_path: Path) -> None:
    nothing = {name: getattr(table, name)[:0] for name in ("values", "groups", "windows", "missing")}
    empty = replace(table, images=(), **nothing)
    empty.save(tmp_path)
    assert fs.load_table(tmp_path).images == ()


def test_parts_are_plain_parquet_for_other_tools(table: fs.FingerprintTable, tmp_path: Path) -> None:
    table.save(tmp_path)
    (file,) = tmp_path.iterdir()
    part = pq.read_table(file)
    first = part.slice(0, 1).to_pylist()[0]
    assert first["path"] == table.images[0].path
    assert (first["window"], first["top"], first["left"], first["height"], first["width"]) == (0, 0, 0, 112, 112)
    assert first["noise.level.0"] == table.values[0, table.columns.index("noise.level.0")]


def test_select_images_keeps_rows_together_in_the_order_asked_for(table: fs.FingerprintTable) -> None:
    chosen = table.select_images([3, 1])
    assert chosen.paths == [table.paths[3], table.paths[1]]
    np.testing.assert_array_equal(chosen.values, np.concatenate([table.values[12:16], table.values[4:8]]))
    np.testing.assert_array_equal(chosen.groups, [0, 0, 0, 0, 1, 1, 1, 1])


def test_select_families_keeps_their_columns(table: fs.FingerprintTable) -> None:
    chosen = table.select_families(["tone", "spam"])
    assert [family.name for family in chosen.families] == ["spam", "tone"]
    kept = [place for place, name in enumerate(table.columns) if name.startswith(("spam.", "tone."))]
    np.testing.assert_array_equal(chosen.values, table.values[:, kept])
    assert {family.axis for family in table.select_families(axis="processing").families} == {"processing"}


def test_unknown_families_and_labels_are_named_with_what_there_is(table: fs.FingerprintTable) -> None:
    with pytest.raises(ParameterError, match=r"The table has no families wavelets. It has: noise, linear_pattern"):
        table.select_families(["wavelets"])
    with pytest.raises(TableError, match=r"no column 'scene'. The columns are: object, technology"):
        table.read_labels("scene")


def test_folders_that_hold_no_table_say_so(table: fs.FingerprintTable, tmp_path: Path) -> None:
    with pytest.raises(TableError, match="holds no Parquet parts"):
        fs.load_table(tmp_path)
    (tmp_path / "part-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(TableError, match="cannot be read"):
        fs.load_table(tmp_path)
    pq.write_table(pa.table({"a": [1]}), tmp_path / "part-0.parquet")
    with pytest.raises(TableError, match="is not a fingerprint table of version 4"):
        fs.load_table(tmp_path)


def test_parts_of_different_versions_do_not_mix(table: fs.FingerprintTable, tmp_path: Path) -> None:
    table.save(tmp_path / "old")
    newer = tuple(replace(family, version=family.version + 1) for family in table.families)
    replace(table, families=newer).save(tmp_path)
    (old,) = (tmp_path / "old").iterdir()
    old.rename(tmp_path / old.name)
    (tmp_path / "old").rmdir()
    with pytest.raises(TableError, match="holds other families or versions"):
        fs.load_table(tmp_path)


def test_an_image_that_is_there_twice_is_refused(table: fs.FingerprintTable, tmp_path: Path) -> None:
    table.save(tmp_path)
    write_parts(Folder(tmp_path), replace(table.select_images([3]), values=table.values[:4]))
    with pytest.raises(TableError, match="twice, from an interrupted extraction"):
        fs.load_table(tmp_path)


def test_parts_are_named_by_their_content(table: fs.FingerprintTable, tmp_path: Path) -> None:
    one, other = (write_parts(Folder(tmp_path / name), table) for name in ("one", "other"))
    assert one == other
    assert name_part((tmp_path / "one" / one[0]).read_bytes()) == one[0]


def test_how_values_came_to_be_is_kept_wherever_a_table_goes(
    table: fs.FingerprintTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    about = {"layers": ["relu"], "seconds": 0.5, "size": None}
    made = replace(table, about=about)
    assert made.select_images([2, 0]).select_families(["tone"]).about == about
    monkeypatch.setattr(parquet, "PART_BYTES", 2 * 4 * 4 * len(table.columns))
    made.save(tmp_path / "parts")
    assert fs.load_table(tmp_path / "parts").about == about
    table.save(tmp_path / "plain")
    assert fs.load_table(tmp_path / "plain").about == {}
    other = replace(made.select_images([1]), about=about | {"seconds": 9.0})
    assert join_tables([made.select_images([0]), other]).about == {"layers": ["relu"], "size": None}


def test_a_table_in_one_file_comes_back_with_its_order_and_what_was_skipped(
    table: fs.FingerprintTable, tmp_path: Path
) -> None:
    skipped = (SkippedImage("gone.png", "unreadable", "It is gone."),)
    made = replace(table.select_images([3, 1]), skipped=skipped, about={"name": "toy"})
    file = tmp_path / "features.parquet"
    made.save_file(file)
    made.save_file(file)
    assert [path.name for path in tmp_path.iterdir()] == ["features.parquet"]
    loaded = fs.load_table(file)
    assert (loaded.images, loaded.skipped, loaded.about) == (made.images, skipped, {"name": "toy"})
    for name in ("values", "groups", "windows", "missing"):
        np.testing.assert_array_equal(getattr(loaded, name), getattr(made, name))
    file.write_bytes(b"")
    with pytest.raises(TableError, match=r"nowhere.features.parquet' cannot be written"):
        made.save_file(file / "nowhere" / "features.parquet")
    with pytest.raises(TableError, match="cannot be read"):
        fs.load_table(file)
    pq.write_table(pa.table({"path": ["a.png"]}), file)
    with pytest.raises(TableError, match="is not a fingerprint table of version 4"):
        fs.load_table(file)
