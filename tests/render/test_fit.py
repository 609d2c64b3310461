import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.render import RenderError, crop_for, fit
from tests.render.images import Images, any_images, digits

SIDES = st.integers(1, 50)


@given(any_images(), SIDES, SIDES, st.none() | SIDES)
def test_any_image_fits_any_size(images: Images, width: int, height: int, crop: int | None) -> None:
    fitted = fit(images, width, height, crop)
    assert fitted.shape == (len(images), height, width)
    assert fitted.dtype == np.float32
    assert ((fitted >= 0) & (fitted <= 1)).all()


@given(any_images(), st.data())
def test_shrinking_keeps_the_mean(images: Images, data: st.DataObject) -> None:
    height = data.draw(st.integers(1, images.shape[1]))
    width = data.draw(st.integers(1, images.shape[2]))
    before = fit(images, images.shape[2], images.shape[1]).mean((1, 2))
    np.testing.assert_allclose(fit(images, width, height).mean((1, 2)), before, atol=1e-5)


@given(st.integers(0, 255), SIDES, SIDES, SIDES, SIDES)
def test_a_plain_image_stays_plain(value: int, h: int, w: int, height: int, width: int) -> None:
    fitted = fit(np.full((1, h, w), value, np.uint8), width, height)
    np.testing.assert_allclose(fitted, value / 255, atol=1e-6)


def test_shrinking_averages_whole_blocks() -> None:
    images = digits()
    blocks = images.reshape(12, 14, 2, 7, 4).mean((2, 4)) / 255
    np.testing.assert_allclose(fit(images, 7, 14), blocks, atol=1e-6)


def test_enlarging_keeps_a_slope_and_the_mean_of_a_digit() -> None:
    slope = np.tile(np.arange(0, 200, 10, dtype=np.uint8), (1, 3, 1))
    inner = np.diff(fit(slope, 60, 3)[0, 1, 9:-9])
    np.testing.assert_allclose(inner, 10 / 255 / 3, atol=1e-5)
    images = digits()
    np.testing.assert_allclose(fit(images, 56, 84).mean((1, 2)), images.mean((1, 2)) / 255, atol=2e-3)


def test_the_crop_is_the_middle() -> None:
    images = digits()
    np.testing.assert_array_equal(
        fit(images, 24, 24, 24), images[:, 2:26, 2:26].astype(np.float32) * np.float32(1 / 255)
    )
    wide = np.arange(30, dtype=np.uint8).reshape(1, 3, 10)
    np.testing.assert_allclose(fit(wide, 4, 3, 4) * 255, wide[:, :, 3:7], atol=1e-4)


def test_colour_counts_by_its_luma() -> None:
    pixels = np.zeros((1, 1, 4, 3), np.uint8)
    pixels[0, 0, [0, 1, 2], [0, 1, 2]] = 255
    pixels[0, 0, 3] = 255
    np.testing.assert_allclose(fit(pixels, 4, 1)[0, 0], [0.299, 0.587, 0.114, 1], atol=1e-6)


def test_digits_lose_their_margin_below_28_columns_only() -> None:
    assert [crop_for(cols, 28) for cols in (28, 24, 14, 10)] == [None, 24, 24, 24]
    assert crop_for(14, 32) is None


@pytest.mark.parametrize(
    ("images", "width", "height", "crop"),
    [
        (np.zeros((2, 4, 4), np.float32), 4, 4, None),
        (np.zeros((4, 4), np.uint8), 4, 4, None),
        (np.zeros((2, 4, 4, 2), np.uint8), 4, 4, None),
        (np.zeros((2, 0, 4), np.uint8), 4, 4, None),
        (np.zeros((2, 4, 4), np.uint8), 0, 4, None),
        (np.zeros((2, 4, 4), np.uint8), 4, -1, None),
        (np.zeros((2, 4, 4), np.uint8), 4, 4, 0),
    ],
)
def test_what_cannot_be_drawn_is_said(images: Images, width: int, height: int, crop: int | None) -> None:
    with pytest.raises(RenderError):
        fit(images, width, height, crop)
