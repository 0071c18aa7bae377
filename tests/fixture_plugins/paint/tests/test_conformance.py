from tenon_sdk.testing import Conformance


class TestConformance(Conformance):
    plugin = "paint"
