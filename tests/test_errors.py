"""Answers to what is not known."""

import copy
import inspect
import pickle

import pytest

import autograd_mlp as keras
from autograd_mlp import _errors


class Thing:
    def __init__(self, size=1):
        self.size = size


def test_unknown_arguments_know_those_of_the_bases():
    class Derived(Thing):
        def __init__(self, colour, *args, **kwargs):
            super().__init__(**kwargs)

    error = _errors.unknown_arguments(Derived, {"sise": 1})
    assert isinstance(error, ValueError)
    assert "'sise' is unknown; did you mean 'size'?" in str(error)
    assert str(error).endswith("Derived takes colour, size.")


# ---- mistyped keywords of every public class ------------------------------------------------

MODULES = (keras.layers, keras.losses, keras.metrics, keras.initializers, keras.regularizers,
           keras.constraints, keras.optimizers, keras.optimizers.schedules, keras.callbacks,
           keras.random, keras.dtype_policies)


def public_classes():
    found = {thing for module in MODULES for name in dir(module) if not name.startswith("_")
             and inspect.isclass(thing := getattr(module, name))} | {keras.utils.PyDataset}
    return sorted((cls for cls in found if cls.__module__.startswith("autograd_mlp.")
                   and not issubclass(cls, BaseException)), key=lambda cls: cls.__name__)


def mistyped(cls):
    """The keyword of a constructor that is to be mistyped, its longest; None if it has none."""
    if cls is keras.callbacks.CallbackList:     # it takes any: the parameters of a training
        return None
    names = [p.name for p in list(inspect.signature(cls.__init__).parameters.values())[1:]
             if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return max(names, key=len, default=None)


@pytest.mark.parametrize("cls", [cls for cls in public_classes() if mistyped(cls)],
                         ids=lambda cls: cls.__name__)
def test_a_mistyped_keyword_is_answered_with_the_right_one(cls):
    right = mistyped(cls)
    wrong = right + right[-1]
    with pytest.raises((TypeError, ValueError)) as caught:
        cls(**{wrong: 1})
    for part in (cls.__name__, f"'{wrong}'", f"did you mean '{right}'?"):
        assert part in " ".join(str(caught.value).split())      # lines are wrapped


def test_classes_without_arguments_take_none():
    for arguments, named in (((3,), {}), ((), {"seed": 1})):
        with pytest.raises(TypeError, match=r"Zeros\(\) takes no arguments, got (3|seed=)"):
            keras.initializers.Zeros(*arguments, **named)


def test_what_is_missing_is_told_with_what_was_mistyped():
    with pytest.raises(TypeError, match="missing a required .*'rate'.*did you mean 'rate'"):
        keras.layers.Dropout(rat=0.5)


def test_keywords_of_a_users_own_class_are_its_own_affair():
    class Weighted(keras.losses.Loss):
        def __init__(self, **settings):
            super().__init__()
            self.settings = settings

    assert Weighted(nmae=1).settings == {"nmae": 1}


def test_checked_classes_are_copied_and_pickled():
    for thing in (keras.losses.Huber(delta=0.5), keras.regularizers.L1L2(l2=0.1),
                  keras.initializers.Constant(value=3)):
        for copied in (copy.deepcopy(thing), pickle.loads(pickle.dumps(thing))):
            assert copied.get_config() == thing.get_config()
