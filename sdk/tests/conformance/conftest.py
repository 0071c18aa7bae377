import pytest

from tenon_sdk.testing.conformance import gather


@pytest.fixture
def facts(tenon_backend):
    """The fixture plugin press, which keeps every rule."""
    return gather(tenon_backend, "press", tenon_backend.order(["press"]))
