"""Formats that need an extra of the installation: HEIC and camera RAW."""

from __future__ import annotations

import io

import numpy as np

from forensic_style.errors import ImageError
from forensic_style.reading.task import Picture, ReadingTask


def decode_heic(task: ReadingTask) -> Picture:
    """Decode the primary image of a HEIC file by libheif, 10 and 12 bit kept.

    libheif turns and mirrors as the file says; the note tells so.
    """
    try:
        import pillow_heif
    except ImportError as error:
        task.refuse("HEIC needs an extra: pip install 'forensic_style[heif]'.", cause=error)
    try:
        image = pillow_heif.open_heif(io.BytesIO(task.data), convert_hdr_to_8bit=False)
        columns, rows = image.size
        task.check_size(rows, columns)
        pixels = np.asarray(image)
    except ImageError:
        raise
    except Exception as error:  # isolation boundary around one file's decode: more kinds than it documents
        is_cut = "end of file" in str(error).lower() or isinstance(error, EOFError)
        task.report_damage(str(error).rstrip("."), reason="truncated" if is_cut else "damaged", cause=error)
    notes = ("turned and mirrored as the file says",) if b"irot" in task.data[:65536] else ()
    if pixels.ndim == 3 and pixels.shape[2] in (2, 4):
        notes, pixels = (*notes, "alpha left out"), pixels[:, :, : pixels.shape[2] - 1]
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    exif = image.info.get("exif") or b""
    return Picture(
        pixels=task.copy(pixels),
        bit_depth=int(image.info.get("bit_depth") or 8),
        notes=notes,
        exif=bytes(exif).removeprefix(b"Exif\0\0"),
    )


def decode_raw(task: ReadingTask) -> Picture:
    """Unpack the mosaic of a sensor by LibRaw: one plane, not demosaiced, black level not taken off.

    The samples are moved up so that the white level is near 65535.
    """
    try:
        import rawpy
    except ImportError as error:
        task.refuse("Camera RAW needs an extra: pip install 'forensic_style[raw]'.", cause=error)
    try:
        with rawpy.RawPy() as file:
            file.open_buffer(io.BytesIO(task.data))
            task.check_size(file.sizes.height, file.sizes.width)
            file.unpack()
            mosaic = file.raw_image_visible
            depth = max(8, int(file.white_level or 65535).bit_length())
            is_mosaic = mosaic is not None and mosaic.ndim == 2
            pixels = task.copy(mosaic << max(0, 16 - depth)) if is_mosaic else None
    except rawpy.LibRawFileUnsupportedError as error:
        task.refuse("This kind of camera RAW is not supported. Convert it to TIFF.", cause=error)
    except (rawpy.LibRawError, ValueError) as error:
        words = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        is_cut = "i/o" in words.lower() or "input" in words.lower()
        task.report_damage(words.rstrip("."), reason="truncated" if is_cut else "damaged", cause=error)
    if pixels is None:
        task.refuse("This camera RAW holds no mosaic of one plane. Convert it to TIFF.")
    return Picture(pixels=pixels, bit_depth=depth, notes=("mosaic of the sensor, not demosaiced",))
