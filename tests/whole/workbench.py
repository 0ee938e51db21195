"""The evaluator's telephone in a real browser: who comes, who they are, the criteria, the result."""

from __future__ import annotations

import re

from playwright.async_api import Page, expect

from tests.whole.assessment import Person


async def opened(page: Page, person: Person) -> None:
    """The page of somebody who comes today."""
    await page.get_by_role("link", name=re.compile(person.row()["code"])).click()


async def identified(page: Page, name: str) -> None:
    await page.get_by_label("Vi su documento").check()
    await page.get_by_label("Nombre como está en el documento").fill(name)
    await page.get_by_role("button", name="Guardar el nombre").click()


async def mark(page: Page, item: str, verdict: str = "competent") -> None:
    button = page.locator(f"[data-item={item}] [data-verdict={verdict}]")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")


async def finished(page: Page, result: str) -> None:
    await page.get_by_label(result, exact=True).check()
    await page.get_by_role("button", name="Terminar la evaluación").click()
    await page.get_by_role("button", name="Sí, terminar").click()
    await expect(page.locator("[data-when=finished]")).to_contain_text("Terminada a las", timeout=30_000)
