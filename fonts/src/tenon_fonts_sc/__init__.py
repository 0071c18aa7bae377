"""Fonts for documents on paper: Inter and Noto Sans SC, regular and bold."""

from __future__ import annotations

from pathlib import Path

FILES = (
    "Inter-Regular.ttf",
    "Inter-Bold.ttf",
    "NotoSansSC-Regular.ttf",
    "NotoSansSC-Bold.ttf",
)


def folder() -> Path:
    """Where the font files lie; they are missing in a checkout that was never built."""
    return Path(__file__).parent / "files"
