"""What the paint shop stores."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, field
from tenon_sdk.text import _


class Colour(
    Entity,
    name="paint.colour",
    label=_("Colour"),
    plural=_("Colours"),
    title="name",
    subtitle="code",
    icon="palette",
):
    """A colour (颜色) of a system such as RAL."""

    code: Mapped[str] = field(String(20), label=_("Colour code"), search=True, unique=True)
    name: Mapped[str] = field(String(80), label=_("Colour name"), search=True)
