"""A certificate's row made into its document, and what is said of it in words: trade, address, kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from bot.certificates import codes, pdf
from bot.people import names
from db.content import Trade
from db.crypto import Cipher


@dataclass(frozen=True, slots=True)
class Papers:
    """`address`: where codes are checked, without the path. `issuer`: who stands for the document."""

    cipher: Cipher
    trades: Mapping[str, Trade]
    address: str
    issuer: str

    def trade_name(self, slug: str, country: str) -> str:
        """As the trade is called there."""
        trade = self.trades.get(slug)
        if trade is None:
            return slug
        return (trade.names.get(country) or next(iter(trade.names.values())))[0]

    def link(self, code: str) -> str:
        """Where this code is checked."""
        return pdf.address(self.address, code)

    def render(self, row: Row[Any]) -> bytes:
        """The PDF of a row as `bot.certificates.issue.query` selects it. Takes 20 ms, the first time half a second."""
        return pdf.render(
            pdf.Document(
                name=names.opened(self.cipher, row.name_enc),
                trade=self.trade_name(row.trade, row.country or ""),
                standard=row.standard or "",
                centre=row.centre or "",
                institute=row.institute or "",
                issued_on=row.issued_on,
                code=row.code,
                number=row.number or "",
                link=self.link(row.code),
                issuer=self.issuer,
            )
        )


def filename(code: str) -> str:
    """How the file is called: nothing in it tells whose it is."""
    return f"{pdf.words()['archivo']}-{codes.shown(code)}.pdf"
