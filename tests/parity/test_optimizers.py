"""Every optimizer of Keras against ours: weights, state, names and configs, step for step."""

import inspect

import numpy as np
import pytest

import autograd_mlp
from autograd_mlp import Variable, constraints, ops, optimizers
from tests.parity import assert_same, import_keras, values

keras = import_keras()

# get_config of Keras reads its learning rate in a way that NumPy 2 warns of
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

OWN = {     # settings of the optimizers' own arguments
    "SGD": [{}, {"learning_rate": 0.1, "momentum": 0.9},
            {"learning_rate": 0.1, "momentum": 0.5, "nesterov": True}, {"momentum": 1.0}],
    "Adagrad": [{}, {"learning_rate": 0.1, "initial_accumulator_value": 0.5, "epsilon": 1e-3}],
    "Adadelta": [{}, {"learning_rate": 1.0, "rho": 0.8, "epsilon": 1e-4}],
    "RMSprop": [{}, {"learning_rate": 0.01, "rho": 0.8}, {"momentum": 0.9}, {"centered": True},
                {"learning_rate": 0.02, "centered": True, "momentum": 0.5, "epsilon": 1e-3}],
    "Adam": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3},
             {"learning_rate": 0.05, "beta_2": 0.5, "amsgrad": True}],
    "AdamW": [{}, {"learning_rate": 0.1, "weight_decay": 0.5},
              {"learning_rate": 0.05, "beta_2": 0.5, "amsgrad": True}],
    "Adamax": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}],
    "Nadam": [{}, {"learning_rate": 0.1, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3}],
    "Ftrl": [{}, {"learning_rate": 0.5, "initial_accumulator_value": 0.3, "beta": 0.2,
                  "l1_regularization_strength": 0.3, "l2_regularization_strength": 0.2,
                  "l2_shrinkage_regularization_strength": 0.1},
             {"learning_rate": 0.1, "learning_rate_power": -0.3},
             {"learning_rate": 0.1, "learning_rate_power": 0.0}],
    "Lion": [{}, {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.7}],
}
COMMON = [  # and of those they all have
    {"weight_decay": 0.1}, {"clipnorm": 0.5}, {"clipnorm": 100.0}, {"clipvalue": 0.2},
    {"global_clipnorm": 0.7}, {"use_ema": True}, {"use_ema": True, "ema_momentum": 0.5,
                                                  "ema_overwrite_frequency": 3},
    {"loss_scale_factor": 8.0}, {"gradient_accumulation_steps": 3},
    {"gradient_accumulation_steps": 2, "use_ema": True, "ema_overwrite_frequency": 2,
     "clipnorm": 0.3, "weight_decay": 0.2, "loss_scale_factor": 3.0},
]
CASES = [(name, options) for name, settings in OWN.items()
         for options in settings + [settings[-1] | common for common in (
             COMMON if name in ("SGD", "Adam") else (COMMON[6] | COMMON[0] | COMMON[1],
                                                     COMMON[-1]))]]
SHAPES = [(4, 3), (3,), ()]
STEPS = 11


def pair(name, options):
    return (getattr(optimizers, name)(**options, name="mine"),
            getattr(keras.optimizers, name)(**options, name="mine"))


def weights(rng):
    start = [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]
    names = [f"w{i}" for i in range(len(start))]
    return ([Variable(w, name=name) for w, name in zip(start, names, strict=True)],
            [keras.Variable(w, name=name) for w, name in zip(start, names, strict=True)])


def stepper(theirs, variables):
    """A function that does one step of a Keras optimizer, compiled where that is quicker."""
    if keras.backend.backend() != "jax":
        return lambda gradients: theirs.apply(
            [keras.ops.convert_to_tensor(g) for g in gradients], variables)
    import jax

    theirs.build(variables)
    apply = jax.jit(lambda state, gradients, values: theirs.stateless_apply(
        state, gradients, values))

    def step(gradients):
        values, state = apply([v.value for v in theirs.variables], gradients,
                              [v.value for v in variables])
        for variable, value in zip([*variables, *theirs.variables], [*values, *state],
                                   strict=True):
            variable.assign(value)

    return step


def steps(ours, theirs, rng, count=STEPS, constrain=False):
    """Run both with the same random gradients; compare all there is after each step."""
    our_weights, their_weights = weights(rng)
    if constrain:
        our_weights[0].constraint = constraints.MaxNorm(0.8)
        their_weights[0].constraint = keras.constraints.MaxNorm(0.8)
    step = stepper(theirs, their_weights)
    for _ in range(count):
        gradients = [rng.normal(size=shape).astype(np.float32) for shape in SHAPES]
        ours.apply(gradients, our_weights)
        step(gradients)
        assert_same(our_weights, their_weights)
        assert_same(ours.variables, theirs.variables)
    return our_weights, their_weights


@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_steps(name, options):
    steps(*pair(name, options), np.random.default_rng(3))


@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_names_and_configs(name, options):
    ours, theirs = pair(name, options)
    assert ours.get_config() == theirs.get_config()
    our_weights, their_weights = weights(np.random.default_rng(0))
    ours.build(our_weights), theirs.build(their_weights)
    assert [v.name for v in ours.variables[:-1]] == [v.name for v in theirs.variables[:-1]]
    assert [v.path for v in ours.variables[:-1]] == [v.path for v in theirs.variables[:-1]]
    assert optimizers.serialize(ours) == keras.optimizers.serialize(theirs)
    again = optimizers.deserialize(keras.optimizers.serialize(theirs))
    assert type(again) is type(ours) and again.get_config() == theirs.get_config()


@pytest.mark.parametrize("name", OWN)
def test_constraints(name):
    steps(*pair(name, {"learning_rate": 0.1}), np.random.default_rng(4), 5, constrain=True)


@pytest.mark.parametrize("name", OWN)
def test_positional_arguments(name):
    """After its own arguments, each takes those of all optimizers in the same order."""
    defaults = {n: p.default for n, p in inspect.signature(
        getattr(keras.optimizers, name).__init__).parameters.items()
        if n != "self" and p.kind is p.POSITIONAL_OR_KEYWORD}
    ours = getattr(optimizers, name)(*defaults.values()).get_config()
    for argument, value in defaults.items():
        if argument != "name":
            assert ours[argument] == (np.float32(value) if argument == "learning_rate" else value)


def test_finalize_variable_values():
    ours, theirs = pair("SGD", {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.8})
    our_weights, their_weights = steps(ours, theirs, np.random.default_rng(5))
    ours.finalize_variable_values(our_weights)
    theirs.finalize_variable_values(their_weights)
    assert_same(our_weights, their_weights)


def test_exclude_from_weight_decay():
    ours, theirs = pair("AdamW", {"learning_rate": 0.1, "weight_decay": 0.5})
    for optimizer in (ours, theirs):
        optimizer.exclude_from_weight_decay(var_names=["1", "2"])
    steps(ours, theirs, np.random.default_rng(6))


def test_some_gradients_are_none():
    ours, theirs = pair("Adam", {"gradient_accumulation_steps": 2, "use_ema": True})
    our_weights, their_weights = weights(np.random.default_rng(7))
    for step in range(4):
        gradients = [np.full(s, step - 2.5, np.float32) for s in SHAPES]
        gradients[step % 2] = None
        with pytest.warns(UserWarning, match="Gradients do not exist"):
            ours.apply(gradients, our_weights)
        with pytest.warns(UserWarning, match="Gradients do not exist"):
            theirs.apply([g if g is None else keras.ops.convert_to_tensor(g) for g in gradients],
                         their_weights)
        assert_same(our_weights, their_weights)
        assert_same(ours.variables, theirs.variables)


@pytest.mark.parametrize("gradient", [np.inf, np.nan])
@pytest.mark.parametrize("how", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_gradients_that_are_not_finite(how, gradient):
    ours, theirs = pair("SGD", {how: 0.5})
    our_weights, their_weights = weights(np.random.default_rng(8))
    gradients = [np.full(shape, 0.1, np.float32) for shape in SHAPES]
    gradients[0][0] = gradient
    ours.apply(gradients, our_weights)
    theirs.apply([keras.ops.convert_to_tensor(g) for g in gradients], their_weights)
    assert_same(our_weights, their_weights)


def users_optimizer(base, ops):
    """An optimizer as Keras's guide writes it, over either library."""

    class Momentum(base):
        def __init__(self, learning_rate=0.1, momentum=0.9, **kwargs):
            super().__init__(learning_rate=learning_rate, **kwargs)
            self.momentum = momentum

        def build(self, variables):
            super().build(variables)
            self.momentums = []
            for variable in variables:
                self.momentums.append(self.add_variable_from_reference(
                    reference_variable=variable, name="momentum"))

        def update_step(self, gradient, variable, learning_rate):
            learning_rate = ops.cast(learning_rate, variable.dtype)
            gradient = ops.cast(gradient, variable.dtype)
            m = self.momentums[self._get_variable_index(variable)]
            self.assign(m, ops.subtract(
                ops.multiply(m, self.momentum), ops.multiply(gradient, learning_rate)))
            self.assign_add(variable, m)

    return Momentum


@pytest.mark.parametrize("options", [{}, COMMON[6], COMMON[-1]], ids=str)
def test_a_users_optimizer(options):
    ours = users_optimizer(optimizers.Optimizer, ops)(**options)
    theirs = users_optimizer(keras.optimizers.Optimizer, keras.ops)(**options)
    steps(ours, theirs, np.random.default_rng(9))


@pytest.mark.parametrize("name, options", [
    *((name, {}) for name in OWN), ("Nadam", {"gradient_accumulation_steps": 2}),
    ("Adam", {"use_ema": True, "ema_overwrite_frequency": 4, "weight_decay": 0.01,
              "clipnorm": 0.1})], ids=str)
def test_a_training(name, options):
    """Recorded and replayed, against Keras's compiled steps."""
    rng = np.random.default_rng(10)
    x, y = rng.normal(size=(50, 5)).astype("float32"), rng.normal(size=(50, 2)).astype("float32")
    start = [rng.normal(size=s).astype("float32") * 0.3 for s in ((5, 4), (4,), (4, 2), (2,))]
    results = []
    for library in (autograd_mlp, keras):
        model = library.Sequential([library.layers.Input((5,)),
                                    library.layers.Dense(4, activation="tanh"),
                                    library.layers.Dense(2)])
        model.set_weights(start)
        model.compile(getattr(library.optimizers, name)(learning_rate=0.02, **options), "mse")
        history = model.fit(x, y, batch_size=8, epochs=4, shuffle=False, verbose=0)
        results.append((history.history["loss"], *values(model.weights)))
    assert_same(*results, atol=2e-6)
