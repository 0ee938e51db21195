"""A person completes a diagnosis in a real browser, against the real bot."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.web.live import serving

CHROMIUM = shutil.which("chromium")


def steps() -> list[tuple[str, str]]:
    """What is tapped, and what must be on screen before the next tap."""
    asked = [*(f"{n} de 12" for n in range(2, 13)), "1 de 3", "2 de 3", "3 de 3", "puede pedir ya su evaluación"]
    titles = ["Sí, solo/a"] * 12 + ["A"] * 3
    return [("Sí, de acuerdo", "¿Cuántos años"), ("25 a 34", "1 de 12"), *zip(titles, asked, strict=True)]


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_diagnosis_by_taps_alone(tmp_path: Path) -> None:
    with serving(tmp_path) as address, sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 320, "height": 640}, locale="es-SV")
        page.goto(f"{address}/chat")
        page.get_by_role("button", name="Empezar", exact=True).click()
        log = page.locator("#log")
        expect(log).to_contain_text("¿Está de acuerdo?")
        page.get_by_label("Escriba su mensaje").fill("quiero evaluarme de albañil")
        page.keyboard.press("Enter")
        expect(log).to_contain_text("Antes, una pregunta")
        for title, shown in steps():
            log.get_by_role("button", name=title, exact=True).last.click()
            expect(log).to_contain_text(shown)
        expect(log.get_by_role("button", name="Pedir evaluación")).to_be_visible()
        expect(log).to_contain_text("Su experiencia en albañilería se nota")
        browser.close()
