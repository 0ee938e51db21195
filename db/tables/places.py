"""Where people live and are served: departments, municipalities, El Salvador's districts."""

from __future__ import annotations

from sqlalchemy import Column, Float, UniqueConstraint

from db.tables.columns import ref, table, text

departments = table(
    "departments",
    text("country"),  # SV, GT, HN
    text("code", unique=True),  # ISO 3166-2
    text("name"),
    Column("latitude", Float),
    Column("longitude", Float),
    UniqueConstraint("country", "name"),
)

municipalities = table(
    "municipalities",
    ref("department_id", "departments", index=False),
    text("name"),
    Column("latitude", Float),
    Column("longitude", Float),
    UniqueConstraint("department_id", "name"),
)

districts = table(
    "districts",
    ref("municipality_id", "municipalities", index=False),
    text("name"),
    Column("latitude", Float),
    Column("longitude", Float),
    UniqueConstraint("municipality_id", "name"),
)
