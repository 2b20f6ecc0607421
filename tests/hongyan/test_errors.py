from __future__ import annotations

import inspect

from hongyan import errors
from hongyan.errors import Code, HongyanError
from tests.hongyan.cases import read_cases


def test_the_codes_are_those_of_the_contract():
    assert sorted(Code) == sorted(read_cases("codes.json", "codes"))


def test_every_error_is_a_hongyan_error_and_in_the_tree():
    found = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, HongyanError)]
    assert {kind.__name__ for kind in found} == {
        "HongyanError",
        "MalformedName",
        "MalformedTopic",
        "MalformedEnvelope",
        "Rejected",
        "ApiError",
        "NotConnected",
        "StampTimeout",
        "TransferFailed",
    }
    assert all(kind.__name__ in (errors.__doc__ or "") for kind in found)
