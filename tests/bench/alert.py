"""`python -m tests.bench.alert`: from the 200 of a crisis's webhook to its alert at Telegram, alone and in a flood.

The product runs in a process of its own; 500 people want a person within a minute, ten of them in danger. A figure
says little on a busy machine: `loop_us` says what its processor was worth.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from pathlib import Path
from statistics import median

from tests.bench import postgresql
from tests.bench.__main__ import loop_us
from tests.whole.flood import ANA, Cry, delay, flood
from tests.whole.product import CRISIS, running


async def measure(folder: Path, url: str) -> dict[str, object]:
    """Five crises alone, one after another, then those of a flood."""
    async with running(folder, url) as product:
        product.shift(product.staff("Ana", telegram=ANA))
        alone = []
        for _ in range(5):
            person = product.person()
            alone.append(await delay(product, Cry(person, await product.says(person, CRISIS), [])))
    folder, flooded = folder / "flood", url.replace("alone", "flood")
    folder.mkdir()
    async with running(folder, flooded) as product:
        product.shift(product.staff("Ana", telegram=ANA))
        made = await flood(product)
        group = [await delay(product, cry) for cry in made.cries]
        ana = [await delay(product, cry, ANA) for cry in made.cries]
    return {
        "alone_s": figures(alone),
        "flood_s": figures(group),
        "flood_to_ana_s": figures(ana),
        "flood_people_a_minute": round(len(made.people) / made.seconds * 60),
    }


def figures(seconds: list[float]) -> dict[str, float]:
    """The middle one and the longest."""
    return {"median": round(median(seconds), 3), "longest": round(max(seconds), 3)}


def main() -> None:
    """Print the figures of both databases."""
    with tempfile.TemporaryDirectory() as name, postgresql.cluster(Path(name)) as cluster:
        shared = cluster.database("alert_alone")
        cluster.database("alert_flood")
        for kind, url in (("sqlite", f"sqlite:///{name}/alone.db"), ("postgresql", shared)):
            folder = Path(name, kind)
            folder.mkdir()
            machine = {"database": kind, "load": os.getloadavg(), "loop_us": loop_us()}
            print(json.dumps(machine | asyncio.run(measure(folder, url))), flush=True)


if __name__ == "__main__":
    main()
