"""Files other than JPEG -> pixels: by Pillow, and by OpenCV where Pillow would halve the bit depth."""

from __future__ import annotations

import io
import threading
from typing import Any, NoReturn

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from forensic_style.image import Plane
from forensic_style.reading.formats import read_pnm_header
from forensic_style.reading.jpeg_pixels import INK, convert_ink
from forensic_style.reading.task import Picture, ReadingTask

PILLOW_NAMES = {
    "PNG": "PNG",
    "TIFF": "TIFF",
    "WebP": "WEBP",
    "BMP": "BMP",
    "GIF": "GIF",
    "PNM": "PPM",
    "JPEG 2000": "JPEG2000",
    "AVIF": "AVIF",
}
_BIT_DEPTH_OF_PNG, _COLOUR_TYPE_OF_PNG = 24, 25  # offsets of the bytes in the header
_GREY_WITH_ALPHA = 4  # colour type of PNG
_BITS_PER_SAMPLE, _ORIENTATION, _PLANAR_CONFIGURATION = 258, 274, 284  # tags of TIFF
_PRECISION_OF_CODESTREAM = 42  # offset from the start of a JPEG 2000 codestream: bits of the first component, less 1
_CHANNELS_OF_PIXI = 9  # offset from the name of AVIF's box of bit depths: bits of the first channel
_DIRECT_MODES = ("L", "RGB", "I;16", "I;16B", "I;16L")
_CONVERSIONS = {
    "1": ("L", "1-bit samples expanded to 0 and 255"),
    "P": ("RGB", "palette expanded"),
    "PA": ("RGB", "palette expanded, alpha left out"),
    "LA": ("L", "alpha left out"),
    "RGBA": ("RGB", "alpha left out"),
    "RGBX": ("RGB", "fourth channel left out"),
    "YCbCr": ("RGB", "YCbCr converted after JFIF"),
}

_FILLING_GAPS = threading.Lock()

Image.MAX_IMAGE_PIXELS = None  # the limit is ours: Pillow's warns at one size and refuses at another


def decode_with_pillow(task: ReadingTask) -> Picture:
    """Decode the first page or frame of a file."""
    image = _open(task)
    task.check_size(image.size[1], image.size[0])
    depth = _find_bit_depth(image, task)
    try:
        notes = ("first of several pages or frames",) if getattr(image, "n_frames", 1) > 1 else ()
        orientation = _find_applied_orientation(image, is_deep=depth > 8)
        _load(image, task)
    except Exception as error:  # isolation boundary around one file's decode: readers raise whatever they like
        is_cut = "truncat" in str(error).lower() or isinstance(error, EOFError)
        task.report_damage(_put(error), reason="truncated" if is_cut else "damaged", cause=error)
    pixels, conversion = _decode_deep(image, task, depth) if depth > 8 else _convert(image, task)
    return Picture(
        pixels=task.copy(_turn_back(pixels, orientation)),
        bit_depth=1 if image.mode == "1" else depth,
        notes=notes + conversion,
        exif=_find_exif(image),
        software=str(image.info.get("Software", "")),
    )


def _load(image: Image.Image, task: ReadingTask) -> None:
    """Decode; Pillow's leave to fill what is missing is one switch for all threads."""
    if task.rules.damaged == "skip":
        image.load()
        return
    with _FILLING_GAPS:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            image.load()
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _open(task: ReadingTask) -> Image.Image:
    try:
        return Image.open(io.BytesIO(task.data), formats=[PILLOW_NAMES[task.format]])
    except UnidentifiedImageError as error:
        task.refuse(f"The {task.format} header is damaged. Get a complete copy.", reason="damaged", cause=error)
    except Exception as error:  # isolation boundary around one file's decode
        task.refuse(f"The {task.format} header is damaged: {_put(error)}.", reason="damaged", cause=error)


def _put(error: Exception) -> str:
    """Words of an error, in one line without a full stop."""
    return " ".join(str(error).split()).rstrip(".")[:200] or type(error).__name__


def _find_bit_depth(image: Image.Image, task: ReadingTask) -> int:
    """Bits per sample; 8 for fewer."""
    bits = 8
    if task.format == "PNG":
        bits = task.data[_BIT_DEPTH_OF_PNG]
    elif task.format == "TIFF":
        bits = max((8, *_as_tuple(image.tag_v2.get(_BITS_PER_SAMPLE, 8))))  # type: ignore[attr-defined]
    elif task.format == "PNM":
        header = read_pnm_header(task.data)
        bits = header.most.bit_length() if header is not None else 8
    elif task.format == "JPEG 2000":
        place = task.data.find(b"\xff\x4f\xff\x51") + _PRECISION_OF_CODESTREAM
        bits = (task.data[place] & 127) + 1 if place < len(task.data) else 8
    elif task.format == "AVIF":
        place = task.data.find(b"pixi") + _CHANNELS_OF_PIXI
        bits = task.data[place] if _CHANNELS_OF_PIXI <= place < len(task.data) else 8
    return max(8, bits)


def _as_tuple(value: Any) -> tuple[int, ...]:
    return value if isinstance(value, tuple) else (int(value),)


def _convert(image: Image.Image, task: ReadingTask) -> tuple[Plane, tuple[str, ...]]:
    """Pixels of a decoded image of 8 bit in a type that the families measure, and what was converted."""
    if image.mode == "CMYK":
        return convert_ink(np.asarray(image), task, is_inverted=False), (INK,)
    if image.mode in _CONVERSIONS:
        mode, note = _CONVERSIONS[image.mode]
        return np.asarray(image.convert(mode)), (note,)
    if image.mode not in _DIRECT_MODES:
        _refuse_kind(image, task)
    return np.asarray(image), ()


def _refuse_kind(image: Image.Image, task: ReadingTask) -> NoReturn:
    task.refuse(f"Pixels of type {image.mode!r} are not supported. Convert to 8 or 16 bit grey or RGB.")


def _decode_deep(image: Image.Image, task: ReadingTask, depth: int) -> tuple[Plane, tuple[str, ...]]:
    """Pixels of 9 to 16 bit: grey by Pillow where it keeps them, the rest by OpenCV."""
    if depth > 16 or image.mode in ("F", "CMYK", "LAB", "I;16S", "I;16BS"):
        _refuse_kind(image, task)
    if image.mode in ("I;16", "I;16B", "I;16L") and task.format in ("PNG", "TIFF"):
        return np.asarray(image), ()
    if task.format == "TIFF" and image.tag_v2.get(_PLANAR_CONFIGURATION, 1) != 1:  # type: ignore[attr-defined]
        # OpenCV mixes up the samples of separate planes
        task.refuse("16-bit channels in separate planes are not supported. Save the file with interleaved channels.")
    decoded = cv2.imdecode(np.frombuffer(task.data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        task.report_damage(f"{depth}-bit samples were expected")
    return _order_channels(decoded, task, shift=_find_shift(task.format, depth))


def _find_shift(format_name: str, depth: int) -> int:
    """Bits by which OpenCV's samples are moved up, so that white is near 65535 at every depth."""
    return 16 - depth if format_name in ("PNM", "JPEG 2000", "AVIF") else 0


def _order_channels(decoded: NDArray[Any], task: ReadingTask, *, shift: int) -> tuple[Plane, tuple[str, ...]]:
    """Grey or red, green, blue out of OpenCV's order, blue, green, red(, alpha)."""
    samples = decoded << shift if shift else decoded
    notes = (f"samples of {16 - shift} bits moved up to 16",) if shift else ()
    if samples.ndim == 2 or samples.shape[2] == 1:
        return samples.reshape(samples.shape[:2]), notes
    is_grey = samples.shape[2] == 2
    if task.format == "PNG":
        is_grey = task.data[_COLOUR_TYPE_OF_PNG] == _GREY_WITH_ALPHA  # OpenCV may repeat the grey channel
    if is_grey:
        return samples[:, :, 0], (*notes, "alpha left out")
    return samples[:, :, 2::-1], (*notes, "alpha left out") if samples.shape[2] == 4 else notes


def _find_applied_orientation(image: Image.Image, *, is_deep: bool) -> int:
    """EXIF orientation by which the decoder turns the pixels: both decoders do so for TIFF, and for TIFF alone."""
    if image.format != "TIFF":
        return 1
    by_opencv = is_deep and image.mode in ("RGB", "RGBA")
    tags = image.tag_v2 if by_opencv else image.getexif()  # type: ignore[attr-defined]
    return int(tags.get(_ORIENTATION, 1))


def _turn_back(pixels: Plane, orientation: int) -> Plane:
    """Undo the turn by an EXIF orientation, back to the order of the file."""
    if orientation in (2, 3, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7):
        pixels = pixels[::-1]
    if orientation in (5, 7):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (6, 8):
        pixels = np.rot90(pixels, 1 if orientation == 6 else -1)
    return pixels


def _find_exif(image: Image.Image) -> bytes:
    """Exif block without its signature; for TIFF the file is its own."""
    block = image.info.get("exif", b"")
    return bytes(block).removeprefix(b"Exif\0\0") if isinstance(block, bytes) else b""
