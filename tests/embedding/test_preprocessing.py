"""Preprocessing: what a network is given, against its definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from forensic_style.embedding import Preprocessing
from forensic_style.embedding.preprocessing import IMAGENET_MEAN, IMAGENET_SCALE, cut_crops, prepare
from forensic_style.embedding.records import ImageInput
from forensic_style.errors import ImageTooSmallError, ParameterError
from forensic_style.image import DecodedImage
from forensic_style.windows import choose_windows

OPEN = ImageInput("image", None, None, 3, None)


def draw(rows: int, columns: int, *, kind: Any = np.uint8, grey: bool = False) -> NDArray[Any]:
    shape = (rows, columns) if grey else (rows, columns, 3)
    return np.random.default_rng(0).integers(0, np.iinfo(kind).max, shape, dtype=kind, endpoint=True)


def show(pixels: NDArray[Any]) -> DecodedImage:
    return DecodedImage("drawn.png", "", 0, "PNG", pixels)


def give(pixels: NDArray[Any], how: Preprocessing, wanted: ImageInput = OPEN) -> NDArray[Any]:
    settled = how.settle(wanted)
    crops, _ = cut_crops(show(pixels), settled)
    return prepare(crops, settled, wanted)


def test_values_are_scaled_channel_by_channel() -> None:
    pixels = draw(40, 50)
    given = give(pixels, Preprocessing(size=(40, 50), resize=None, mean=(0.1, 0.2, 0.3), scale=(0.5, 1.0, 2.0)))
    assert given.shape == (1, 3, 40, 50)
    assert given.dtype == np.float32
    for channel, (mean, scale) in enumerate([(0.1, 0.5), (0.2, 1.0), (0.3, 2.0)]):
        np.testing.assert_allclose(given[0, channel], (pixels[:, :, channel] / 255 - mean) / scale, atol=1e-6)


def test_blue_first_with_white_at_255_as_caffe_has_it() -> None:
    pixels = draw(32, 32)
    how = Preprocessing(size=32, resize=None, mean=(104.0, 117.0, 124.0), scale=1.0, maximum=255.0, channels="bgr")
    given = give(pixels, how)
    np.testing.assert_allclose(given[0, 0], pixels[:, :, 2] - 104.0, atol=1e-4)
    np.testing.assert_allclose(given[0, 2], pixels[:, :, 0] - 124.0, atol=1e-4)


def test_grey_images_have_three_equal_channels_and_networks_of_one_channel_see_luma() -> None:
    plane = draw(32, 32, grey=True)
    given = give(plane, Preprocessing(size=32, resize=None, mean=0.0, scale=1.0))
    np.testing.assert_array_equal(given[0, 0], given[0, 2])
    one = ImageInput("image", 32, 32, 1, 1)
    red = np.zeros((32, 32, 3), np.uint8)
    red[:, :, 0] = 200
    given = give(red, Preprocessing(resize=None, mean=0.0, scale=1.0, channels="grey"), one)
    np.testing.assert_allclose(given, 60 / 255, atol=0.5 / 255)  # 0.299 of 200
    assert Preprocessing(channels="grey").settle(one).mean == (0.458971,)  # the luma of torchvision's mean


def test_sixteen_bit_samples_are_rounded_to_eight() -> None:
    deep = draw(32, 32, kind=np.uint16)
    how = Preprocessing(size=32, resize=None, mean=0.0, scale=1.0)
    rounded = np.floor(deep / 257 + 0.5)
    np.testing.assert_allclose(give(deep, how)[0].transpose(1, 2, 0) * 255, rounded, atol=1e-3)


def test_channels_last_where_the_network_has_them_so() -> None:
    last = ImageInput("image", 32, 32, 3, 1, is_channels_last=True, dtype=np.float16)
    given = give(draw(32, 32), Preprocessing(resize=None), last)
    assert (given.shape, given.dtype) == ((1, 32, 32, 3), np.float16)


def test_the_centre_is_resized_as_pillow_does_it_and_cut_from_the_middle() -> None:
    pixels = draw(90, 120)
    how = Preprocessing(size=48, resize=60).settle(OPEN)
    (crop,), (place,) = cut_crops(show(pixels), how)
    small = np.asarray(Image.fromarray(pixels).resize((80, 60), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(crop, small[6:54, 16:64])
    assert (place.top, place.left, place.height, place.width) == (9, 24, 72, 72)  # in pixels of the file


def test_the_usual_preprocessing_is_that_of_torchvision() -> None:
    settled = Preprocessing().settle(OPEN)
    assert (settled.size, settled.resize) == ((224, 224), 256)
    assert (settled.mean, settled.scale) == (IMAGENET_MEAN, IMAGENET_SCALE)
    assert Preprocessing().settle(ImageInput("image", 64, 64, 3, 1)).resize == 73


def test_windows_are_those_of_fingerprints_at_full_resolution() -> None:
    pixels = draw(300, 400)
    how = Preprocessing(crops="windows").settle(OPEN)
    crops, places = cut_crops(show(pixels), how)
    windows = choose_windows(300, 400)
    assert [(place.number, place.top, place.left, place.height) for place in places] == [
        (window.number, window.top, window.left, window.height) for window in windows
    ]
    np.testing.assert_array_equal(crops[-1], pixels[windows[-1].top :, windows[-1].left :][:128, :128])


def test_a_fixed_input_is_cut_about_the_windows_centre_and_inside_the_image() -> None:
    pixels = draw(300, 450)
    for side, n_crops in ((64, 4), (224, 2)):
        how = Preprocessing(crops="windows").settle(ImageInput("image", side, side, 3, 1))
        crops, places = cut_crops(show(pixels), how)
        assert len(crops) == n_crops
        windows = choose_windows(300, 450)
        for crop, place in zip(crops, places, strict=True):
            window = windows[place.number]
            assert crop.shape == (side, side, 3)
            wanted = (window.top + 64 - side // 2, window.left + 64 - side // 2)
            assert (place.top, place.left) == (min(max(wanted[0], 0), 300 - side), min(max(wanted[1], 0), 450 - side))
            np.testing.assert_array_equal(crop, pixels[place.place])


@pytest.mark.parametrize(
    ("rows", "columns", "n_crops"), [(224, 224, 1), (300, 400, 1), (256, 640, 2), (500, 500, 4), (700, 700, 9)]
)
def test_crops_about_windows_share_no_pixel(rows: int, columns: int, n_crops: int) -> None:
    how = Preprocessing(crops="windows").settle(ImageInput("image", 224, 224, 3, 1))
    crops, places = cut_crops(show(draw(rows, columns)), how)
    seen = np.zeros((rows, columns), int)
    for place in places:
        seen[place.place] += 1
    assert (len(crops), seen.max()) == (n_crops, 1)


def test_an_image_that_is_smaller_than_the_crop_says_so() -> None:
    with pytest.raises(ImageTooSmallError, match="The crop takes 224 x 224 pixels, and there are 300 x 100"):
        cut_crops(show(draw(100, 300)), Preprocessing(resize=None).settle(OPEN))
    fixed = ImageInput("image", 128, 224, 3, 1)
    with pytest.raises(ImageTooSmallError, match="The crop takes 224 x 128 pixels, and there are 300 x 100"):
        cut_crops(show(draw(100, 300)), Preprocessing(crops="windows").settle(fixed))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"channels": "cmyk"}, "channels must be one of rgb, bgr, grey. Got 'cmyk' instead"),
        ({"crops": "corner"}, "crops must be one of centre, windows. Got 'corner' instead"),
        ({"size": 0}, "size must be a number of pixels, or rows and columns. Got 0 instead"),
        ({"resize": -1}, "resize must be a number of pixels, auto or None. Got -1 instead"),
        ({"scale": (1.0, 0.0, 1.0)}, "mean and scale must be finite, no scale 0"),
        ({"crops": "windows", "resize": 256}, "Windows are cut at full resolution"),
    ],
)
def test_wrong_arguments_are_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Preprocessing(**given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 128}, "The network takes 64 x 64, not 128 x 128"),
        ({"resize": 32}, "Images of a shorter side of 32 hold no crop of 64 x 64"),
        ({"channels": "grey"}, r"The network takes 3 channels, and grey are 1. Give channels='rgb'"),
        ({"mean": (0.5, 0.5)}, "mean has 2 numbers, and there are 3 channels"),
    ],
)
def test_what_does_not_fit_the_network_is_named(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Preprocessing(**given).settle(ImageInput("image", 64, 64, 3, 1))


def test_sizes_that_no_memory_holds_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"Crops of 99999999 x 99999999 have more .* Give a smaller size"):
        Preprocessing(size=99999999).settle(OPEN)
    with pytest.raises(ParameterError, match=r"Crops of 4 x 8000000 have more .* Give a smaller size"):
        Preprocessing(size=(8000000, 4), crops="windows").settle(OPEN)
    with pytest.raises(ParameterError, match=r"Crops of 5000 x 5000 have more .* Name another network"):
        Preprocessing().settle(ImageInput("image", 5000, 5000, 3, 1))
    with pytest.raises(ParameterError, match="Resize to 4096 at most"):
        Preprocessing(resize=99999999).settle(OPEN)
    assert Preprocessing(size=4096).settle(OPEN).size == (4096, 4096)
