"""Answers to what is not known."""

from autograd_mlp import _errors


class Thing:
    def __init__(self, size=1):
        self.size = size


def test_unknown_arguments_know_those_of_the_bases():
    class Derived(Thing):
        def __init__(self, colour, *args, **kwargs):
            super().__init__(**kwargs)

    error = _errors.unknown_arguments(Derived, ["sise"])
    assert isinstance(error, ValueError)
    assert "'sise' is unknown; did you mean 'size'?" in str(error)
    assert str(error).endswith("It takes colour, size.")
