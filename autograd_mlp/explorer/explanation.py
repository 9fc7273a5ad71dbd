"""What ``explain`` returns."""

import html
import os
import tempfile
import webbrowser
from pathlib import Path

import numpy as np

from .._errors import did_you_mean
from ..saving.atomic import replacing
from . import checks, faults, numbers, page
from .story import tensors_of
from .text import write


class Explanation:
    """A forward and a backward pass: as text (``print``), as a page, as data.

    `explain` and ``model.explain`` make it.

    Parameters
    ----------
    recording : Recording
        The tensors and calls themselves; an attribute, too.
    document : dict
        As `story.document` makes it.
    check : bool, default True
        Hold every gradient against differences, and try what mistakes would do.

    Examples
    --------
    >>> from autograd_mlp import Tensor, explain
    >>> w, x = Tensor(3.0, requires_grad=True), Tensor(2.0)
    >>> print(explain(lambda: w * x, title="A product"))  # doctest: +ELLIPSIS
    A product
    1 call forward, 1 edge backward, 1 weight in 1 tensor, float32
    <BLANKLINE>
    GIVEN
      w scalar weight = 3
    <BLANKLINE>
    FORWARD
      multiply: L = w · x;  scalars
    ...
        L scalar = 6
    <BLANKLINE>
    LOSS
      the loss is one number: L = 6
    <BLANKLINE>
    BACKWARD
      backward begins at the loss: dL/dL = 1
      dw, by multiply: dw = dL · x;  scalars
        upstream dL = 1
        × local = 2
        contribution to dw = 2
        dw was – (not computed yet), now it is this contribution
    ...
    all gradients of L are known; nothing was updated
    """

    def __init__(self, recording, document, check=True):
        self.recording = recording
        self._tensors = tensors_of(recording)
        self._document = document
        if check:
            with np.errstate(all="ignore"):     # NaN and infinity are told, not warned of
                document["checks"] = checks.check(recording, document)
                document["faults"] = faults.break_it(recording, document)

    @property
    def steps(self):
        """The timeline, a list of dict: ``kind``, ``title``, ``text``, and the ids of node, edge
        and update that the step is about."""
        return self._document["steps"]

    @property
    def loss(self):
        """The loss, a float."""
        return self._document["loss"]

    @property
    def loss_after(self):
        """The loss after the optimizer's update, on the same batch with the same random numbers;
        None without an optimizer."""
        return self._document["loss_after"]

    def to_dict(self):
        """The whole story as plain dicts, lists, numbers and arrays; see `explorer.story`."""
        return self._document

    def gradient(self, name):
        """The gradient of a tensor by its short or long name, an array; None if it has none.

        Raises
        ------
        KeyError
            If there is no such tensor.
        """
        return self._entry(name)["grad"]

    def tensor(self, name):
        """The Tensor itself by its short or long name; KeyError if there is none."""
        return self._tensors[self._entry(name)["id"]]

    def _entry(self, name):
        tensors = self._document["tensors"]
        for key in ("name", "long_name"):
            for tensor in tensors:
                if tensor[key] == name:
                    return tensor
        known = [tensor["name"] for tensor in tensors]
        raise KeyError(f"no tensor is called {name!r}{did_you_mean(name, known)} There are "
                       f"{', '.join(known)}")

    def __str__(self):
        return write(self._document)

    def __repr__(self):
        d = self._document
        return (f"<Explanation of {d['title']!r}: {len(d['nodes'])} calls, {len(d['edges'])} "
                f"backward edges, loss {numbers.text(d['loss'])}>")

    # ---- the page ----

    def to_html(self):
        """The page as text: one file that works without a network."""
        return page.html(self._document)

    def save(self, path):
        """Write the page to a file, whole or not at all; a file of that name is replaced.

        Parameters
        ----------
        path : str or path
            With ``.html`` at the end; it is added if there is no ending.

        Returns
        -------
        Path
        """
        path = Path(path)
        if not path.suffix:
            path = path.with_suffix(".html")
        elif path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"save() writes a page for the browser: give a name that ends in "
                             f".html, got {path.name!r}")
        content = self.to_html().encode()
        with replacing(path) as file:
            file.write(content)
        return path

    def open(self):
        """Write the page to a temporary file and show it in the browser; returns its path."""
        handle, name = tempfile.mkstemp(prefix="autograd_mlp_", suffix=".html")
        os.close(handle)
        path = self.save(name)
        webbrowser.open(path.resolve().as_uri())
        return path

    def _repr_html_(self):
        """The page in a frame of its own, for notebooks; scripts in it reach nothing outside."""
        return ('<iframe sandbox="allow-scripts" style="width:100%;height:720px;border:0" '
                f'title="{html.escape(self._document["title"], quote=True)}" '
                f'srcdoc="{html.escape(self.to_html(), quote=True)}"></iframe>')
