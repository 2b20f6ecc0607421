from __future__ import annotations

import pytest

from hongyan_core.sealing import BrokenSeal, seal, unseal

KEY = b"k" * 32


def test_what_is_sealed_can_be_read_again_and_shows_nothing() -> None:
    one, two = seal(b"a secret", KEY, "here"), seal(b"a secret", KEY, "here")
    assert unseal(one, KEY, "here") == unseal(two, KEY, "here") == b"a secret"
    assert one != two
    assert "secret" not in one


@pytest.mark.parametrize(
    ("change", "key", "place"),
    [
        pytest.param(str, b"K" * 32, "here", id="another key"),
        pytest.param(str, KEY, "there", id="moved to another row"),
        pytest.param(lambda sealed: "A" * 16 + sealed[16:], KEY, "here", id="another nonce"),
        pytest.param(lambda sealed: sealed[:-8] + "AAAAAAAA", KEY, "here", id="another tag"),
        pytest.param(lambda sealed: sealed[:20], KEY, "here", id="cut short"),
        pytest.param(lambda _: "", KEY, "here", id="nothing"),
        pytest.param(lambda _: "x", KEY, "here", id="no base64"),
    ],
)
def test_a_broken_seal_is_told(change, key, place) -> None:
    with pytest.raises(BrokenSeal):
        unseal(change(seal(b"a secret", KEY, "here")), key, place)
