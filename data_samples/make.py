"""Make the sample images again: ``python make.py --kodak FOLDER --renderings FOLDER [--out FOLDER]``.

``pipelines``: twelve scenes, each sent through six chains of acquisition and processing (``CHAINS``).
``renderings``: two published stimuli of every technology and object, copied unchanged.
The same inputs and library versions give the same bytes.
"""

import argparse
import csv
import hashlib
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import convolve, convolve1d, gaussian_filter
from scipy.signal import lfilter

Bytes = NDArray[np.uint8]  # rows x columns x RGB, 0 to 255
Values = NDArray[np.float64]  # light or sRGB values, 0 to 1
Sites = NDArray[np.intp]  # which channel (0 red, 1 green, 2 blue) each site of a mosaic records
Centre = tuple[int, int]  # row, column
Encoded = tuple[str, bytes]  # file name suffix, content of the file
Chain = Callable[[Bytes, Centre, np.random.Generator], Encoded]
Sample = tuple[str, str, Encoded]  # technology, content, file

SEED = 20190506
SIDE = 256  # of every finished picture
MARGIN = 16  # processed with the picture and then trimmed; even, so that the mosaic keeps its phase
RENDERINGS_PER_CELL = 2

SCENES: dict[str, tuple[int, Centre]] = {  # number of the Kodak photograph, centre of the scene in it
    "stone_house": (1, (310, 270)),
    "caps": (3, (240, 400)),
    "hibiscus": (7, (230, 440)),
    "gables": (8, (270, 420)),
    "pier": (11, (270, 450)),
    "stream": (13, (300, 380)),
    "statue": (17, (250, 250)),
    "lighthouse": (19, (420, 256)),
    "aeroplane": (20, (250, 300)),
    "barn": (22, (230, 310)),
    "parrots": (23, (240, 500)),
    "chalet": (24, (260, 400)),
}


# Cutting, gamma and encoding


def cut(photograph: Bytes, centre: Centre, side: int) -> Bytes:
    """Return the square of this side around the centre."""
    top, left = (middle - side // 2 for middle in centre)
    height, width, _ = photograph.shape
    if not (0 <= top <= height - side and 0 <= left <= width - side):
        raise ValueError(f"a square of {side} around {centre} leaves the photograph of {height} x {width}")
    return photograph[top : top + side, left : left + side]


def cut_with_margin(photograph: Bytes, centre: Centre) -> Values:
    """Return the scene, with a margin for the filters, as sRGB values from 0 to 1."""
    return cut(photograph, centre, SIDE + 2 * MARGIN) / 255


def trim(values: Values) -> Values:
    """Take the margin away."""
    return values[MARGIN:-MARGIN, MARGIN:-MARGIN]


def undo_gamma(values: Values) -> Values:
    """Turn sRGB values into linear light (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def apply_gamma(light: Values) -> Values:
    """Turn linear light into sRGB values (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def to_bytes(values: Values) -> Bytes:
    """Round values from 0 to 1 to 8 bits."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def encode_png(picture: Bytes) -> Encoded:
    """Encode without loss and without metadata."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", optimize=True)
    return ".png", stream.getvalue()


def encode_jpeg(picture: Bytes, quality: int, subsampling: str) -> Encoded:
    """Encode as baseline JPEG without Exif."""
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality, subsampling=subsampling)
    return ".jpg", stream.getvalue()


# Sensor, mosaic and demosaicing


def expose(light: Values, full_well: float, read_noise: float, random: np.random.Generator) -> Values:
    """Return the light as a sensor counts it, both parameters in electrons.

    Shot noise is Poisson and read noise is Gaussian: A. Foi, M. Trimeche, V. Katkovnik, K. Egiazarian,
    "Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data",
    IEEE Transactions on Image Processing 17 (10), 2008.
    """
    electrons = random.poisson(light * full_well) + random.normal(0, read_noise, light.shape)
    return np.clip(electrons / full_well, 0, 1)


def bayer_sites(shape: Sequence[int], pattern: str) -> Sites:
    """Return the channel of every site for a pattern such as RGGB (B. E. Bayer, US patent 3971065, 1976)."""
    rows, columns = np.indices(shape[:2])
    channels = np.array(["RGB".index(letter) for letter in pattern])
    sites: Sites = channels[2 * (rows % 2) + columns % 2]
    return sites


def mosaic(light: Values, sites: Sites) -> Values:
    """Keep at every site the one channel that its filter lets through."""
    return np.take_along_axis(light, sites[..., None], axis=2)[..., 0]


def interpolate(samples: Values, present: NDArray[np.bool_], kernel: Sequence[Sequence[int]]) -> Values:
    """Fill the sites between samples with the weighted mean of the samples around them."""
    total = convolve(np.where(present, samples, 0.0), kernel, mode="constant")
    weight = convolve(present.astype(float), kernel, mode="constant")
    return total / weight


def interpolate_quincunx(samples: Values, present: NDArray[np.bool_]) -> Values:
    """Interpolate bilinearly between the green sites."""
    return interpolate(samples, present, [[0, 1, 0], [1, 4, 1], [0, 1, 0]])


def interpolate_grid(samples: Values, present: NDArray[np.bool_]) -> Values:
    """Interpolate bilinearly between the red or the blue sites."""
    return interpolate(samples, present, [[1, 2, 1], [2, 4, 2], [1, 2, 1]])


def demosaic_bilinear(raw: Values, sites: Sites) -> Values:
    """Interpolate every channel bilinearly on its own."""
    red, blue = (interpolate_grid(raw, sites == channel) for channel in (0, 2))
    return np.stack([red, interpolate_quincunx(raw, sites == 1), blue], axis=2)


def green_along(raw: Values, axis: int) -> tuple[Values, Values]:
    """Estimate green at red and blue sites along one axis; return the estimate and the gradient there."""
    estimate = convolve1d(raw, np.array([-1, 2, 2, 2, -1]) / 4, axis, mode="mirror")
    slope = convolve1d(raw, [0, 1, 0, -1, 0], axis, mode="mirror")
    curvature = convolve1d(raw, [-1, 0, 2, 0, -1], axis, mode="mirror")
    return estimate, np.abs(slope) + np.abs(curvature)


def demosaic_edge_aware(raw: Values, sites: Sites) -> Values:
    """Interpolate green along edges, never across them, then the colour differences bilinearly.

    J. F. Hamilton, J. E. Adams, "Adaptive color plan interpolation in single sensor color electronic
    camera", US patent 5629734, 1997.
    """
    down, gradient_down = green_along(raw, axis=0)
    across, gradient_across = green_along(raw, axis=1)
    along_edge = np.where(gradient_down < gradient_across, down, across)
    along_edge = np.where(gradient_down == gradient_across, (down + across) / 2, along_edge)
    green = np.where(sites == 1, raw, along_edge)
    red, blue = (green + interpolate_grid(raw - green, sites == channel) for channel in (0, 2))
    return np.stack([red, green, blue], axis=2)


def unsharp_mask(values: Values, sigma: float, amount: float) -> Values:
    """Add a part of what a Gaussian blur takes away."""
    return values + amount * (values - gaussian_filter(values, (sigma, sigma, 0)))


# Line sensor


def fixed_pattern(columns: int, gain_spread: float, offset_spread: float) -> tuple[Values, Values]:
    """Return gain and offset of every element of the one line sensor, the same for every scan."""
    random = np.random.default_rng(SEED)
    gain = random.normal(1, gain_spread, (1, columns, 3))
    return gain, random.normal(0, offset_spread, (1, columns, 3))


def feed_noise(light: Values, full_well: float, correlation: float, random: np.random.Generator) -> Values:
    """Return shot noise (Gaussian approximation) that is correlated from line to line along the feed."""
    white = random.normal(0, np.sqrt(1 - correlation**2), light.shape)
    correlated = lfilter([1.0], [1.0, -correlation], white, axis=0)
    return correlated * np.sqrt(np.clip(light, 0, 1) / full_well)


def stretch_levels(values: Values, black: float, white: float) -> Values:
    """Move the black and the white point to 0 and 1."""
    return (values - black) / (white - black)


# The six chains


def camera_bilinear(photograph: Bytes, centre: Centre, random: np.random.Generator) -> Encoded:
    """Simulate a simple camera: RGGB mosaic, noisy sensor, bilinear demosaicing, fine JPEG.

    Bilinear demosaicing leaves periodic correlations: A. C. Popescu, H. Farid, "Exposing digital forgeries in
    color filter array interpolated images", IEEE Transactions on Signal Processing 53 (10), 2005.
    """
    light = undo_gamma(cut_with_margin(photograph, centre))
    sites = bayer_sites(light.shape, "RGGB")
    raw = expose(mosaic(light, sites), full_well=4000, read_noise=8, random=random)
    developed = apply_gamma(demosaic_bilinear(raw, sites))
    return encode_jpeg(to_bytes(trim(developed)), quality=92, subsampling="4:4:4")


def camera_edge_aware(photograph: Bytes, centre: Centre, random: np.random.Generator) -> Encoded:
    """Simulate a better camera: GRBG mosaic, less noise, edge-aware demosaicing, sharpening, JPEG.

    The stages are those of R. Ramanath, W. E. Snyder, Y. Yoo, M. S. Drew, "Color image processing pipeline",
    IEEE Signal Processing Magazine 22 (1), 2005.
    """
    light = undo_gamma(cut_with_margin(photograph, centre))
    sites = bayer_sites(light.shape, "GRBG")
    raw = expose(mosaic(light, sites), full_well=12000, read_noise=4, random=random)
    developed = apply_gamma(demosaic_edge_aware(raw, sites))
    sharpened = unsharp_mask(developed, sigma=1.0, amount=0.5)
    return encode_jpeg(to_bytes(trim(sharpened)), quality=80, subsampling="4:2:0")


def scanner(photograph: Bytes, centre: Centre, random: np.random.Generator) -> Encoded:
    """Simulate a flatbed scanner: blur along and across the feed, one line sensor, levels stretched, PNG.

    The line sensor leaves the same pattern in every line: N. Khanna, A. K. Mikkilineni, E. J. Delp, "Scanner
    identification using feature-based processing and analysis", IEEE Transactions on Information Forensics
    and Security 4 (1), 2009. Rows run along the feed.
    """
    light = undo_gamma(cut_with_margin(photograph, centre))
    focused = gaussian_filter(light, (0.75, 0.5, 0))
    gain, offset = fixed_pattern(focused.shape[1], gain_spread=0.012, offset_spread=0.0005)
    noise = feed_noise(focused, full_well=8000, correlation=0.6, random=random)
    scanned = apply_gamma(focused * gain + offset + noise)
    return encode_png(to_bytes(trim(stretch_levels(scanned, black=0.02, white=0.97))))


def screenshot(photograph: Bytes, centre: Centre, _: np.random.Generator) -> Encoded:
    """Simulate a screenshot of the photograph shown smaller, on a display of 6 bits per channel, as PNG.

    Resampling: K. Turkowski, "Filters for common resampling tasks", Graphics Gems, 1990. Quantization keeps
    the highest six bits and repeats the first two below them, so that black and white stay; no dithering.
    """
    shown = Image.fromarray(cut(photograph, centre, round(SIDE / 0.7)))
    reduced: Bytes = np.asarray(shown.resize((SIDE, SIDE), Image.Resampling.BILINEAR))
    quantized: Bytes = (reduced & np.uint8(0b11111100)) | (reduced >> np.uint8(6))
    return encode_png(quantized)


def resampled_resave(photograph: Bytes, centre: Centre, _: np.random.Generator) -> Encoded:
    """Simulate an editing app: open a JPEG, enlarge it 1.3 times, cut it off the 8 x 8 grid, save it again.

    Both traces are described by A. C. Popescu, H. Farid: "Exposing digital forgeries by detecting traces of
    resampling", IEEE Transactions on Signal Processing 53 (2), 2005, and "Statistical tools for digital
    forensics", Information Hiding, 2004 (double compression).
    """
    _suffix, first_file = encode_jpeg(cut(photograph, centre, 210), quality=75, subsampling="4:2:0")
    enlarged = Image.open(io.BytesIO(first_file)).resize((273, 273), Image.Resampling.BICUBIC)
    cropped = enlarged.crop((9, 7, 9 + SIDE, 7 + SIDE))
    return encode_jpeg(np.asarray(cropped), quality=88, subsampling="4:2:0")


def untouched(photograph: Bytes, centre: Centre, _: np.random.Generator) -> Encoded:
    """Do nothing: the values of the original file (film, scanned by Kodak for the Photo CD) as PNG."""
    return encode_png(cut(photograph, centre, SIDE))


CHAINS: tuple[Chain, ...] = (
    camera_bilinear,
    camera_edge_aware,
    scanner,
    screenshot,
    resampled_resave,
    untouched,
)


# Samples and files


def read_photograph(folder: Path, number: int) -> Bytes:
    """Read a Kodak photograph; its file name ends in the number (01.png or kodim01.png)."""
    (path,) = folder.glob(f"*{number:02d}.png")
    return np.asarray(Image.open(path).convert("RGB"))


def make_pipelines(kodak: Path) -> list[Sample]:
    """Send every scene through every chain, each time with random numbers of its own."""
    samples: list[Sample] = []
    for scene, (number, centre) in SCENES.items():
        photograph = read_photograph(kodak, number)
        for position, chain in enumerate(CHAINS):
            random = np.random.default_rng((SEED, number, position))
            samples.append((chain.__name__, scene, chain(photograph, centre, random)))
    return samples


def pick_renderings(folder: Path) -> list[Sample]:
    """Pick from every (technology, object) the files whose seeded digests come first.

    The rule looks at the bytes only: it picks the same files from the sample as from what it was picked from.
    """
    cells: dict[tuple[str, str], list[Encoded]] = {}
    with (folder / "index.csv").open(newline="", encoding="utf-8") as lines:
        for path, technology, thing in list(csv.reader(lines))[1:]:
            file = (folder / path).suffix, (folder / path).read_bytes()
            cells.setdefault((technology, thing), []).append(file)
    return [(*cell, file) for cell in sorted(cells) for file in first_by_digest(cells[cell])]


def first_by_digest(files: list[Encoded]) -> list[Encoded]:
    """Return the few files whose seeded digests come first."""
    digest = {file: hashlib.sha256(f"{SEED}".encode() + file[1]).digest() for file in files}
    return sorted(files, key=lambda file: digest[file])[:RENDERINGS_PER_CELL]


def write_samples(folder: Path, samples: list[Sample], content: str) -> None:
    """Write the images under numbers in shuffled order, and the index that tells what they are."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    rows = [("path", "technology", content)]
    order = np.random.default_rng(SEED).permutation(len(samples))
    for number, position in enumerate(order, start=1):
        technology, thing, (suffix, encoded) = samples[position]
        path = f"images/{number:04d}{suffix}"
        (folder / path).write_bytes(encoded)
        rows.append((path, technology, thing))
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as lines:
        csv.writer(lines, lineterminator="\n").writerows(rows)


def write_checksums(folder: Path) -> None:
    """Write SHA256SUMS, in the format of ``sha256sum -c``, for both sets and the network."""
    names = ("networks", "pipelines", "renderings")
    paths = sorted(path for name in names for path in (folder / name).rglob("*.*"))
    lines = (
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in paths
    )
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def main() -> None:
    """Read the command line and write both sets."""
    parser = argparse.ArgumentParser(description="Make the sample images of forensic_style again.")
    parser.add_argument("--kodak", type=Path, required=True, help="folder of the Kodak photographs")
    parser.add_argument(
        "--renderings",
        type=Path,
        required=True,
        help="folder with index.csv (path,technology,object)",
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="default: this folder")
    given = parser.parse_args()
    write_samples(given.out / "pipelines", make_pipelines(given.kodak), content="scene")
    write_samples(given.out / "renderings", pick_renderings(given.renderings), content="object")
    write_checksums(given.out)


if __name__ == "__main__":
    main()
