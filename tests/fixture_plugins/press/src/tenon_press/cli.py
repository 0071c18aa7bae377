"""`tenon press …`"""

from __future__ import annotations

from tenon_press.inputs import Limits
from tenon_press.queries import strongest
from tenon_sdk.context import Context


def show_strongest(ctx: Context, inputs: Limits) -> str:
    return f"{strongest(ctx, inputs)['tonnes']}"
