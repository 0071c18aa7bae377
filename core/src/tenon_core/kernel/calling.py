"""Calling hooks one implementation at a time: own order, own isolation, optional trace."""

from __future__ import annotations

import inspect
import os
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

import pluggy
from attrs import frozen

from tenon_core.kernel.discovery import PluginError
from tenon_sdk.hooks import PROJECT, Hooks
from tenon_sdk.text import _

P = ParamSpec("P")
R = TypeVar("R")


@frozen
class Answer:
    """One implementation of a hook and the plugin it belongs to."""

    plugin: str
    function: Callable[..., Any]


class HookBoard:
    """The hooks of one booted site.

    `register` takes modules in dependency order; every call goes through them in that order.
    With `TENON_TRACE_HOOKS=1` each call is printed to standard error with answer and time.
    """

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._owners: dict[int, tuple[int, str]] = {}
        self._answers: dict[str, tuple[Answer, ...]] = {}
        self._trace = os.environ.get("TENON_TRACE_HOOKS") == "1"

    def add_specs(self, specs: type[Any], plugin: str) -> None:
        """Publishes a plugin's own questions; their names begin with `<plugin>_`."""
        names = [n for n, _f in inspect.getmembers(specs, inspect.isfunction) if n[0] != "_"]
        wrong = [name for name in names if not name.startswith(f"{plugin}_")]
        if wrong:
            raise PluginError(
                _(
                    "Plugin “{key}” publishes hook “{hook}”; its name must begin with “{key}_”.",
                    key=plugin,
                    hook=wrong[0],
                )
            )
        self._manager.add_hookspecs(specs)

    def register(self, module: ModuleType, plugin: str) -> None:
        """Takes the implementations of `module`; a signature that misfits raises."""
        self._owners[id(module)] = (len(self._owners), plugin)
        self._manager.register(module, name=f"{plugin}:{module.__name__}")
        self._answers.clear()

    def unregister(self, plugin: str) -> None:
        for name, module in list(self._manager.list_name_plugin()):
            if module is not None and name.startswith(f"{plugin}:"):
                self._manager.unregister(module)
        self._answers.clear()

    def check(self) -> None:
        """Raises PluginError for an implementation whose hook nobody specifies."""
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(_("Unknown hook: {error}", error=str(error))) from None

    def answers(self, name: str) -> tuple[Answer, ...]:
        """Implementations of a hook in order of dependencies; () for an unknown hook."""
        known = self._answers.get(name)
        if known is None:
            caller = getattr(self._manager.hook, name, None)
            impls = caller.get_hookimpls() if caller is not None else []
            ranked = sorted(impls, key=lambda impl: self._owners[id(impl.plugin)][0])
            known = tuple(Answer(self._owners[id(i.plugin)][1], i.function) for i in ranked)
            self._answers[name] = known
        return known

    def each(
        self, spec: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> Iterator[tuple[str, Callable[[], R]]]:
        """(plugin, call) for every implementation of `spec`; the caller isolates each call."""
        for answer in self.answers(spec.__name__):
            yield (
                answer.plugin,
                lambda f=answer.function, p=answer.plugin: self._call(  # type: ignore[misc]
                    spec.__name__, p, f, args, kwargs
                ),
            )

    def ask(self, spec: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """All answers in order; the first exception goes to the caller."""
        return [call() for _plugin, call in self.each(spec, *args, **kwargs)]

    def _call(
        self,
        name: str,
        plugin: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        if not self._trace:
            return function(*args, **kwargs)
        began = time.perf_counter()
        answer: Any = None
        try:
            answer = function(*args, **kwargs)
        except BaseException as error:
            answer = error
            raise
        finally:
            spent = (time.perf_counter() - began) * 1000
            shown = ", ".join([*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())])
            line = f"hook {name} {plugin} ({shown}) → {answer!r} {spent:.2f} ms\n"
            sys.stderr.write(line)
        return answer
