"""The journal: whatever ends the process, what was added whole is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from forensic_style.store.journal import MAGIC, Journal, read_journal

RECORDS = [b"one", b"", b"three" * 100]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "journal")
    for record in RECORDS:
        journal.append(record)
    journal.close()
    return tmp_path / "journal"


def test_records_come_back_in_their_order(journal: Path) -> None:
    assert list(read_journal(journal)) == RECORDS


def test_records_are_there_before_the_journal_is_closed(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.append(b"one")
    assert list(read_journal(tmp_path / "journal")) == [b"one"]
    journal.close()


def test_a_journal_cut_anywhere_gives_its_whole_records(journal: Path) -> None:
    data = journal.read_bytes()
    ends = [len(MAGIC) + sum(8 + len(record) for record in RECORDS[:n]) for n in range(4)]
    for length in range(len(data) + 1):
        journal.write_bytes(data[:length])
        whole = max((n for n in range(4) if ends[n] <= length), default=0)
        assert list(read_journal(journal)) == RECORDS[:whole]


def test_nothing_is_read_from_a_damaged_record_on(journal: Path) -> None:
    data = bytearray(journal.read_bytes())
    data[len(MAGIC) + 8] ^= 1  # the first byte of the first record
    journal.write_bytes(data)
    assert list(read_journal(journal)) == []


def test_a_journal_of_another_program_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(b"something else, long enough to be read")
    assert list(read_journal(tmp_path / "journal")) == []


def test_a_journal_that_is_there_is_not_written_over(journal: Path) -> None:
    with pytest.raises(FileExistsError):
        Journal(journal)
