"""What the project knows beforehand, as data files beside this one: trades, crisis lines, places, institutions."""

from __future__ import annotations

from db.content.check import problems, unreviewed
from db.content.files import COUNTRIES, FOLDER, ContentError
from db.content.holidays import Holiday, load_holidays
from db.content.lines import Line, Lines, load_lines
from db.content.places import (
    Department,
    District,
    Institution,
    Municipality,
    load_departments,
    load_geo,
    load_institutions,
)
from db.content.trades import (
    Band,
    Bands,
    Criterion,
    Question,
    Standard,
    Trade,
    content_version,
    load_bands,
    load_trades,
    raw_trades,
)

__all__ = [
    "COUNTRIES",
    "FOLDER",
    "Band",
    "Bands",
    "ContentError",
    "Criterion",
    "Department",
    "District",
    "Holiday",
    "Institution",
    "Line",
    "Lines",
    "Municipality",
    "Question",
    "Standard",
    "Trade",
    "content_version",
    "load_bands",
    "load_departments",
    "load_geo",
    "load_holidays",
    "load_institutions",
    "load_lines",
    "load_trades",
    "problems",
    "raw_trades",
    "unreviewed",
]
