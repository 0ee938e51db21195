"""Why a certificate cannot be made or changed; `key` names the sentence that staff read."""

from __future__ import annotations


class CertificateError(Exception):
    """Base of the others."""

    key = "constancias.no_existe"


class NotCompetent(CertificateError):
    """Only a finished evaluation with the result «competente» leads to a certificate."""

    key = "constancias.no_competente"


class NoName(CertificateError):
    """The evaluator has not confirmed the person's legal name: begin with that."""

    key = "constancias.sin_nombre"


class NoSuchCertificate(CertificateError):
    """There is no such certificate, or not for this person."""

    key = "constancias.no_existe"


class Revoked(CertificateError):
    """It was revoked: nothing of it changes any more."""

    key = "constancias.revocado"


class BadNumber(CertificateError):
    """The institute's number is 3 to 40 letters, digits, dashes, dots or strokes."""

    key = "constancias.mal_numero"
