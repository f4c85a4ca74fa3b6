"""High-pass patches: values by hand, depth, truncation, places, and files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from forensic_style.embedding.patches import cut_patches, read_patches
from forensic_style.errors import ImageTooSmallError
from forensic_style.image import DecodedImage
from forensic_style.manifest import list_inputs
from forensic_style.windows import choose_windows


def show(pixels: NDArray) -> DecodedImage:
    return DecodedImage("synthetic", "", 0, "PNG", pixels)


def test_a_patch_is_the_middle_of_a_window_less_its_local_mean() -> None:
    pixels = np.random.default_rng(0).integers(100, 120, (256, 256), dtype=np.uint8)
    patches = cut_patches(show(pixels), side=64)
    assert (patches.shape, patches.dtype) == ((4, 64, 64), np.float32)
    for window, patch in zip(choose_windows(256, 256), patches, strict=True):
        top, left = window.top + 32, window.left + 32
        for row, column in ((0, 0), (31, 7), (63, 63)):  # the border too: samples around the patch take part
            around = pixels[top + row - 1 : top + row + 2, left + column - 1 : left + column + 2].astype(float)
            assert patch[row, column] == pytest.approx(around[1, 1] - around.mean(), abs=1e-4)


def test_flat_images_are_zero_and_edges_are_truncated_the_same_at_either_depth() -> None:
    flat = np.full((128, 160, 3), 77, dtype=np.uint8)
    assert not cut_patches(show(flat)).any()
    edges = (np.indices((256, 256))[1] // 8 % 2 * 200).astype(np.uint8)
    patches = cut_patches(show(edges))
    assert (patches.min(), patches.max()) == (-16, 16)
    np.testing.assert_allclose(cut_patches(show(edges.astype(np.uint16) * 257)), patches, atol=1e-4)


def test_patches_are_spread_over_the_windows() -> None:
    pixels = np.zeros((512, 512), dtype=np.uint8)  # nine windows
    last = choose_windows(512, 512)[-1]
    pixels[last.top + 60, last.left + 60] = 9
    assert [bool(patch.any()) for patch in cut_patches(show(pixels), most=3)] == [False, False, True]
    assert len(cut_patches(show(pixels), most=99)) == 9


def test_an_image_smaller_than_two_patches_is_refused() -> None:
    with pytest.raises(ImageTooSmallError, match="need an image of 128 x 128"):
        cut_patches(show(np.zeros((127, 400), dtype=np.uint8)))
    with pytest.raises(ImageTooSmallError):
        cut_patches(show(np.zeros((20, 20), dtype=np.uint8)))


def test_files_that_cannot_be_read_are_skipped_and_the_others_numbered(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (160, 160, 3), dtype=np.uint8)
    for name in ("a.png", "c.png"):
        cv2.imwrite(str(tmp_path / name), noise)
    (tmp_path / "b.png").write_bytes(b"")
    cv2.imwrite(str(tmp_path / "d.png"), noise[:64, :64])
    seen: list[tuple[int, int]] = []
    inputs = list_inputs(tmp_path)
    patches, numbers, skipped = read_patches(inputs, progress=lambda done, of: seen.append((done, of)))
    assert [Path(inputs[number].path).name for number in numbers] == ["a.png", "c.png"]
    assert np.bincount(patches.images).tolist() == [4, 4]
    assert np.array_equal(patches.values[:4], patches.values[4:])
    assert [(Path(image.path).name, image.reason) for image in skipped] == [
        ("b.png", "not_an_image"),
        ("d.png", "too_small"),
    ]
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
