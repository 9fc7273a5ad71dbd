"""Names that become objects, and answers to those that do not."""

import pytest

from autograd_mlp import _errors


class Thing:
    def __init__(self, size=1):
        self.size = size


def function():
    pass


CHOICES = {"thing": Thing, "Thing": Thing, "function": function}


def get(identifier):
    return _errors.lookup(identifier, CHOICES, "thing", base=Thing)


def test_lookup():
    assert get("thing").size == 1
    assert get(Thing).size == 1
    assert get("function") is function
    assert get(function) is function
    thing = Thing()
    assert get(thing) is thing
    assert get({"class_name": "Thing", "config": {"size": 3}}).size == 3
    assert get({"class_name": "thing"}).size == 1
    assert get({"class_name": "function"}) is function


@pytest.mark.parametrize(
    "identifier, match",
    [
        ("thingg", "thing identifier: 'thingg'; did you mean 'thing'.*function, thing"),
        ("THING", "did you mean 'thing'"),
        ("qqq", "identifier: 'qqq'. Known names"),
        (3, "of type int"),
        (object, "identifier"),
        ({"config": {}}, "class_name"),
        ({"class_name": "thign"}, "did you mean 'thing'"),
    ],
)
def test_lookup_refuses(identifier, match):
    with pytest.raises(ValueError, match=match):
        get(identifier)


def test_unknown_arguments_know_those_of_the_bases():
    class Derived(Thing):
        def __init__(self, colour, *args, **kwargs):
            super().__init__(**kwargs)

    error = _errors.unknown_arguments(Derived, ["sise"])
    assert isinstance(error, ValueError)
    assert "'sise' is unknown; did you mean 'size'?" in str(error)
    assert str(error).endswith("It takes colour, size.")
