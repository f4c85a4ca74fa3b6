"""Files that claim another camera than their own: does the list of claims name them, and nobody else?

    python tests/benchmarks/forged_claims.py DATA/phones [--strangers DATA/cameras] [--draws 20]

In each draw two files of different cameras get the EXIF data of a file of another camera of the set, byte for byte;
their pixels stay as they are. With --strangers, two photos from elsewhere join instead, with the EXIF data of two
cameras of the set. Everything is extracted and clustered anew, with the families as they are and without
`jpeg_structure`, which sees the order of segments. Printed are the places of the two in the list, how many others
stand above the second or anywhere, and what is listed where nothing is forged.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

import forensic_style as fs
from forensic_style.families import CATALOGUE

SOI, APP1 = b"\xff\xd8", b"\xff\xe1"
EVERY = [family.name for family in CATALOGUE if family.sees != "image"]
FAMILIES = {"all families": EVERY, "without jpeg_structure": [name for name in EVERY if name != "jpeg_structure"]}


def split_exif(data: bytes) -> tuple[bytes, bytes]:
    """The EXIF segment of a JPEG file, empty where there is none, and the file without it."""
    place = 2
    while data[place : place + 1] == b"\xff" and data[place + 1] not in (0xDA, 0xD9):
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if data[place : place + 2] == APP1 and data[place + 4 : place + 8] == b"Exif":
            return data[place:end], data[:place] + data[end:]
        place = end
    return b"", data


def forge(pixels: Path, claim: Path, out: Path) -> None:
    """The first file with the EXIF data of the second."""
    _, rest = split_exif(pixels.read_bytes())
    exif, _ = split_exif(claim.read_bytes())
    out.write_bytes(SOI + exif + rest[2:])


def list_contradictions(folder: Path, families: list[str]) -> list[str]:
    """Names of the files that are listed, strongest first."""
    result = fs.cluster(fs.extract(folder, families=families), families=families)
    claims = result.audit.claims
    images = [] if claims is None else [one.image for one in claims.contradictions if one.field == "camera"]
    return [Path(result.table.paths[image]).name for image in images]


def set_up(files: dict[Path, str], strangers: list[Path], rng: np.random.Generator, folder: Path) -> set[str]:
    """Fill a folder with the set and two forged files, and name these."""
    paths = list(files)
    chosen = [paths[place] for place in rng.permutation(len(paths))]
    first = chosen[0]
    second = next(path for path in chosen if files[path] != files[first])
    others = {path: next(other for other in chosen[::-1] if files[other] != files[path]) for path in (first, second)}
    for path in paths:
        (folder / path.name).write_bytes(path.read_bytes())
    if not strangers:
        for path, other in others.items():
            forge(path, other, folder / path.name)
        return {path.name for path in others}
    guests = rng.choice(len(strangers), 2, replace=False)
    for guest, host in zip(guests, (first, second), strict=True):
        forge(strangers[guest], host, folder / f"guest{guest}.jpg")
    return {f"guest{guest}.jpg" for guest in guests}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="of JPEG files of a few cameras, several of each")
    parser.add_argument("--strangers", type=Path, help="folder of JPEG files of other cameras")
    parser.add_argument("--draws", type=int, default=20)
    asked = parser.parse_args()
    cameras = {image.path: fs.read_image(image.path) for image in fs.extract(asked.folder, families=["lbp"]).images}
    files = {Path(path): image.claims.get("model", "") for path, image in cameras.items()}
    strangers = sorted(asked.strangers.rglob("*.jpg")) if asked.strangers else []
    for words, families in FAMILIES.items():
        print(f"{words}: nothing forged, {len(list_contradictions(asked.folder, families))} listed", flush=True)
        places: Counter[tuple[int, ...]] = Counter()
        n_others = []
        for draw in range(asked.draws):
            with tempfile.TemporaryDirectory() as name:
                forged = set_up(files, strangers, np.random.default_rng(draw), Path(name))
                listed = list_contradictions(Path(name), families)
            places[tuple(place + 1 for place, file in enumerate(listed) if file in forged)] += 1
            n_others.append(len(set(listed) - forged))
        for place, count in places.most_common():
            print(f"{words}: the two stand at {place} in {count} of {asked.draws} draws")
        print(f"{words}: others listed {np.mean(n_others):.2f} in the mean, {max(n_others)} at most", flush=True)


if __name__ == "__main__":
    main()
