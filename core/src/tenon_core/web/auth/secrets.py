"""Secrets of full entropy: given out once, kept as their SHA-256.

A slow hash is for what people think up; of 256 random bits nothing can be guessed.
"""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "tnn_"  # noqa: S105 - says what it is
SHOWN = 12


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def new_token() -> str:
    return TOKEN_PREFIX + new_secret()


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
