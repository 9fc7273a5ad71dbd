"""Make the pictures of README and of the course anew.

    python examples/pictures/make.py [explorer] [slope] [paths] [gradients]

All of them without names.  slope, paths and gradients come from lessons 1, 7 and 8 and need
Matplotlib (extra plot).  explorer is the page of the network in README, at the step where dW2 is
multiplied out; it needs Matplotlib's Pillow, Playwright (extra browser) and a Chromium.
"""

import argparse
import contextlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BROWSERS = ("chromium", "chromium-browser", "chromium-headless-shell", "google-chrome")


def from_lesson(script, name):
    subprocess.run([sys.executable, HERE.parent / script, "--picture", HERE / name], check=True,
                   stdout=subprocess.DEVNULL)


def slope():
    from_lesson("lesson_1_derivative.py", "slope.png")


def paths():
    from_lesson("lesson_7_optimizers.py", "paths.png")


def gradients():
    from_lesson("lesson_8_what_goes_wrong.py", "gradients.png")


def explorer():
    from PIL import Image
    from playwright.sync_api import sync_playwright

    readme = (HERE.parents[1] / "README.md").read_text(encoding="utf-8")
    names = {}
    with contextlib.redirect_stdout(None):
        exec(re.search(r"```python\n(.*?)```", readme, re.S)[1], names)     # its first block: XOR
    explanation = names["model"].explain(names["x"], names["y"])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        file = Path(folder, "xor.html")
        explanation.save(file)
        browser = driver.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS)), None),
            args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        page.goto(file.as_uri())
        page.wait_for_selector("html.ready", state="attached")
        at = next(number for number, step in enumerate(explanation.steps)
                  if step["kind"] == "multiply" and step["title"].startswith("dW2"))
        for _ in range(at):
            page.keyboard.press("ArrowRight")
        picture = page.screenshot()
        browser.close()
    with Image.open(io.BytesIO(picture)) as image:      # 128 colours: a third of the size
        image.convert("RGB").quantize(128).save(HERE / "explorer.png", optimize=True)


PICTURES = {"explorer": explorer, "slope": slope, "paths": paths, "gradients": gradients}

parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("name", nargs="*", choices=[[], *PICTURES], help="which; all without names")
for name in parser.parse_args().name or PICTURES:
    PICTURES[name]()
    print(f"{name}.png: {(HERE / name).with_suffix('.png').stat().st_size / 1000:.0f} kB")
