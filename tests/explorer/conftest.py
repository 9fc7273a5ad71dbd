"""A headless Chromium for the tests of the page.

One browser serves the whole session and every test gets a new window.  A page that asks for
anything but its own file, or that writes an error or warning to the console, fails its test.
"""

import shutil

import numpy as np
import pytest

import autograd_mlp as keras
from autograd_mlp.explorer import page

BROWSERS = ("chromium", "chromium-browser", "chromium-headless-shell", "google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def browser():
    """A running Chromium; without one, or without Playwright, the tests are skipped."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="the page is tested with Playwright: extra 'browser'")
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip(f"the page is tested in a browser, one of {', '.join(BROWSERS)}")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=OPTIONS)
        yield running
        running.close()


@pytest.fixture
def open_page(browser, tmp_path):
    """Return a function that opens a page's text as a file and waits until it is ready.

    ``open_page(html, width=1280, color_scheme="light", java_script_enabled=True)``; further
    keywords are those of Playwright's ``new_context``.
    """
    contexts, requests, complaints, files = [], [], [], []

    def open_page(html, width=1280, height=900, ready="html.ready", **options):
        file = tmp_path / f"page{len(files)}.html"
        file.write_text(html, encoding="utf-8")
        files.append(file.as_uri())
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"),
                                          dialog.dismiss()))
        page.on("console", lambda message: message.type in ("error", "warning")
                and complaints.append(f"{message.type}: {message.text}"))
        page.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_selector(ready, state="attached", timeout=30_000)
        return page

    open_page.complaints = complaints      # for a test that provokes one: it takes it out
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert sorted(requests) == sorted(files), "the page asked for more than itself"


# ---- recorded steps ----------------------------------------------------------------------------

@pytest.fixture(scope="session")
def xor_explanation():
    """A training step of a small XOR network."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential([
        keras.Input((2,)), keras.layers.Dense(8, activation="tanh", name="hidden"),
        keras.layers.Dense(1, activation="sigmoid", name="output")], name="xor")
    model.compile("adam", "binary_crossentropy")
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    return model.explain(x, np.array([[0], [1], [1], [0]], "float32"))


@pytest.fixture(scope="session")
def xor(xor_explanation):
    """Its document."""
    return xor_explanation.to_dict()


def recorded(seed, sizes, activations, loss, optimizer, x, y, names=None):
    """The document of one training step of a new network of dense layers."""
    keras.set_random_seed(seed)
    names = names or [f"layer_{k}" for k in range(1, len(sizes))]
    model = keras.Sequential([keras.Input(shape=(sizes[0],))] + [
        keras.layers.Dense(units, activation=activation, name=name)
        for units, activation, name in zip(sizes[1:], activations, names, strict=True)])
    model.compile(loss=loss, optimizer=optimizer)
    return model.explain(x, y).to_dict()


def xor_document(names=None):
    """2-2-1 with sigmoids, as in the tutorials."""
    x, y = keras.datasets.xor.load_data()
    return recorded(1, (2, 2, 1), ("sigmoid", "sigmoid"), "mean_squared_error",
                    keras.optimizers.SGD(learning_rate=0.3), x, y, names)


def pima_document(rows=32):
    """The network of the tutorials, 8-12-8-1, on numbers like theirs."""
    draw = np.random.default_rng(7)
    return recorded(2, (8, 12, 8, 1), ("relu", "relu", "sigmoid"), "binary_crossentropy", "adam",
                    draw.normal(size=(rows, 8)), draw.integers(0, 2, (rows, 1)))


def mnist_document():
    """784-64-10 on 32 images without one pixel that is 0: they pack worse than digits."""
    draw = np.random.default_rng(8)
    return recorded(3, (784, 64, 10), ("relu", "softmax"), "categorical_crossentropy", "adam",
                    draw.uniform(size=(32, 784)), np.eye(10)[draw.integers(0, 10, 32)])


@pytest.fixture(scope="session")
def small_xor():
    """Two hidden units: every sum is short enough to be written whole."""
    return xor_document()


@pytest.fixture(scope="session")
def pima():
    return pima_document()


@pytest.fixture(scope="session")
def mnist():
    return mnist_document()


@pytest.fixture
def xor_tab(open_page, xor):
    """Return a function that opens XOR's page at a tab and a step: ``xor_tab("matrix", 7)``."""
    def xor_tab(tab, step=0, **options):
        window = open_page(page.html(xor), **options)
        window.evaluate("([tab, step]) => { goTo(step); set({ tab }); }", [tab, step])
        return window
    return xor_tab
