"""Planes through the space of a model's weights.

Weights here are lists of float64 arrays, one for each trainable variable.
"""

import numpy as np

from .._errors import did_you_mean
from ..callbacks.probe import named_layers, weights_of


class Directions:
    """A plane: all weights w + (α − α₀) d₁ + (β − β₀) d₂.

    Parameters
    ----------
    center : list of array
        w.
    first, second : list of array
        d₁ and d₂.
    names : (str, str)
        What to write at the axes.
    middle : (float, float)
        (α₀, β₀), the coordinates of w.
    """

    def __init__(self, center, first, second, names, middle=(0.0, 0.0)):
        self.center, self.first, self.second = center, first, second
        self.names, self.middle = names, middle
        self._basis = np.stack([flat(first), flat(second)], axis=1)
        if np.linalg.matrix_rank(self._basis) < 2:
            raise ValueError("the two directions are parallel, or one is 0: they span no plane")

    def weights(self, alpha, beta):
        """The weights at a place of the plane."""
        a, b = alpha - self.middle[0], beta - self.middle[1]
        return [w + a * d + b * e
                for w, d, e in zip(self.center, self.first, self.second, strict=True)]

    def project(self, weights):
        """The coordinates of the point of the plane that is next to some weights."""
        far = flat(weights) - flat(self.center)
        if not np.isfinite(far).all():
            return np.full(2, np.nan)
        return np.linalg.lstsq(self._basis, far, rcond=None)[0] + self.middle


def flat(weights):
    """All numbers of a list of arrays in one row."""
    return np.concatenate([np.ravel(w) for w in weights])


def random_directions(center, seed):
    """Two random directions, filter-normalised: Li et al. 2018, section 4.

    The weights that go into one unit, a column of a kernel, are a filter: its direction gets its
    length. Vectors (biases, factors of normalization) stay where they are.
    """
    random = np.random.default_rng(seed)

    def draw():
        found = []
        for w in center:
            d = random.standard_normal(w.shape)
            if w.ndim < 2:
                found.append(np.zeros(w.shape))
                continue
            axes = tuple(range(w.ndim - 1))
            length = np.sqrt(np.square(d).sum(axis=axes, keepdims=True))
            found.append(d / length * np.sqrt(np.square(w).sum(axis=axes, keepdims=True)))
        return found

    return Directions(center, draw(), draw(), ("α, along a random direction",
                                               "β, along another random direction"))


def principal(center, paths):
    """The two directions in which paths differ most from the center: Li et al. 2018, sec. 7.2."""
    points = [flat(weights) - flat(center) for path in paths.values() for weights in path]
    points = [p for p in points if np.isfinite(p).all()]
    if not points:
        raise ValueError("directions='pca' needs paths to find the directions of: give paths, or "
                         "directions='random'")
    _, sizes, rows = np.linalg.svd(np.array(points), full_matrices=False)
    if len(sizes) < 2 or sizes[1] <= 1e-12 * max(sizes[0], 1e-300):
        raise ValueError("the paths lie on one line, so they do not say which plane to draw: give "
                         "longer ones, or directions='random'")
    share = np.square(sizes) / np.square(sizes).sum()
    directions = []
    for row in rows[:2]:
        row = row * np.sign(row[np.abs(row).argmax()])      # or the sign would be left to chance
        cuts = np.cumsum([w.size for w in center])[:-1]
        directions.append([part.reshape(w.shape) for part, w in
                           zip(np.split(row, cuts), center, strict=True)])
    return Directions(center, *directions, tuple(
        f"{word} principal component ({part:.0%} of the spread)"
        for word, part in zip(("first", "second"), share, strict=False)))


def chosen_weights(model, center, chosen):
    """The directions of two single weights, with their values as coordinates."""
    variables = {f"{name}/{weight}": v for name, layer in named_layers(model)
                 for weight, v in weights_of(layer).items() if v.trainable}
    numbers = {id(v): i for i, v in enumerate(model.trainable_variables)}
    directions, names, values = [], [], []
    for name, place in chosen:
        if name not in variables:
            raise ValueError(f"there is no trainable weight {name!r}"
                             f"{did_you_mean(name, variables)} There are {', '.join(variables)}")
        place = (place,) if isinstance(place, int) else tuple(place)
        number = numbers[id(variables[name])]
        direction = [np.zeros(w.shape) for w in center]
        try:
            direction[number][place] = 1.0
            value = float(center[number][place])
        except (IndexError, TypeError):
            raise ValueError(f"{name} has the shape {center[number].shape}, no single weight at "
                             f"{place}") from None
        directions.append(direction)
        values.append(value)
        names.append(f"{name}[{', '.join(map(str, place))}]")
    return Directions(center, *directions, tuple(names), tuple(values))


def own_directions(center, directions):
    """Directions that the user made."""
    found = []
    for direction in directions:
        arrays = [np.asarray(d, dtype=np.float64) for d in direction]
        if [d.shape for d in arrays] != [w.shape for w in center]:
            raise ValueError("a direction has an array for each trainable weight, of the shapes "
                             f"{[w.shape for w in center]}; got {[d.shape for d in arrays]}")
        found.append(arrays)
    return Directions(center, *found, ("α, along the first direction",
                                       "β, along the second direction"))
