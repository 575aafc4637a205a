"""Images on their way to a model: found wherever they stand in a value, marked in the text, and bounded."""

import base64
from typing import Any

import pytest

from engine.agents.images import MOST, SIZE_CAP, Album, holds_image
from engine.base.errors import NodeError
from engine.models.contract import Image


def picture(text: str, media_type: str = "image/png") -> dict[str, str]:
    return {"media_type": media_type, "data": base64.b64encode(text.encode()).decode()}


CAT, DOG = picture("cat"), {**picture("dog", "image/JPG"), "path": "dog.jpg"}


def test_each_image_leaves_its_mark_and_equal_ones_share_it() -> None:
    album = Album()
    value = {"pets": [CAT, DOG, CAT], "note": "two", "more": f"data:image/png;base64,{CAT['data']}"}
    assert album.lift(value) == {"pets": ["[image 1]", "[image 2]", "[image 1]"], "note": "two", "more": "[image 1]"}
    assert album.images == [Image("image/png", CAT["data"]), Image("image/jpeg", DOG["data"])]


@pytest.mark.parametrize("value", ["text", None, 3, [1, {"a": []}], {"data": "x"}, {**CAT, "other": 1}, "data:image/x"])
def test_a_value_without_images_stays_the_same_object(value: Any) -> None:
    album = Album()
    assert album.lift(value) is value and not album.images and not holds_image(value)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (picture("<svg/>", "image/svg+xml"), "image/svg"),
        ({"media_type": "image/png", "data": "not base64!"}, "base64"),
        ({"media_type": "image/png", "data": ""}, "base64"),
        ({"media_type": "image/png", "data": "A" * (SIZE_CAP * 4 // 3 + 8)}, "5 MB"),
        ([picture(str(number)) for number in range(MOST + 1)], "More than 20"),
    ],
)  # fmt: skip
def test_what_no_model_could_be_shown_is_a_type_error(value: Any, says: str) -> None:
    assert holds_image(value)
    with pytest.raises(NodeError, match=says) as caught:
        Album().lift(value)
    assert caught.value.error_class == "type" and caught.value.hint
