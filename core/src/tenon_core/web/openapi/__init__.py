"""The OpenAPI 3.1 document of a site, made from what its plugins declare."""

from tenon_core.web.openapi.document import document

__all__ = ["document"]
