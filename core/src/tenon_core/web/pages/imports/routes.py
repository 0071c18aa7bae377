"""The addresses of the import wizard."""

from __future__ import annotations

from tenon_core.web.api.calls import Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.imports import results, wizard


def add_imports(router: Router) -> None:
    router.add("GET", "import", Endpoint(wizard.show_upload))
    router.add("POST", "import", Endpoint(wizard.upload, "file"))
    router.add("GET", "import/{run}", Endpoint(wizard.show_import))
    router.add("POST", "import/{run}", Endpoint(wizard.check))
    router.add("POST", "import/{run}/run", Endpoint(results.carry_out))
    router.add("POST", "import/{run}/cancel", Endpoint(results.cancel))
    router.add("GET", "import/{run}/progress", Endpoint(results.progress))
    router.add("GET", "import/{run}/errors", Endpoint(results.errors_file))
