"""Makes the README's picture: python tests/screenshots.py (with Chromium installed)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from conftest import QUIET, run_server
from playwright.sync_api import sync_playwright

PICTURE = Path(__file__).parent / "screenshots" / "answer.png"


def main() -> None:
    PICTURE.parent.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        run_server(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        page = chromium.new_page(viewport={"width": 1200, "height": 640}, device_scale_factor=1.5)
        page.goto(url)
        for question in (
            "When is Putin set to visit North Korea?",
            "How many rounds of ammunition has North Korea provided to Russia?",
        ):
            page.get_by_label("Your question").fill(question)
            page.keyboard.press("Enter")
            page.locator(".fn-turn", has_text=question).locator(".fn-mark").wait_for()
        frame = page.frame_locator("iframe[name=fn-source]")
        frame.locator("mark", has_text="5 million").wait_for()
        page.screenshot(path=PICTURE)
        chromium.close()
    print(f"wrote {PICTURE}")


if __name__ == "__main__":
    main()
