"""The command `shell`: Python with `instance` ready and top-level await."""

import asyncio
import code
import inspect
import sys
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from types import FunctionType
from typing import Any

import serving
from instance.resources import Instance
from instance.settings import Settings


async def shell(settings: Settings) -> None:
    """Read and run Python with `instance` ready and top-level await."""
    async with serving.opened(settings) as instance:
        console = _Console(instance)
        sys.stdout.write(f"`instance` is {settings.base_url}; await works. Ctrl-D ends.\n")
        while True:
            try:
                source = await asyncio.to_thread(input, console.prompt)
            except EOFError:
                sys.stdout.write("\n")
                return
            await console.push_line(source)


class _Console(code.InteractiveConsole):
    """The interactive interpreter, with one difference: what it runs may be awaited."""

    def __init__(self, instance: Instance) -> None:
        super().__init__({"instance": instance})
        self.compile.compiler.flags |= PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.prompt = ">>> "
        self._made: Any = None

    def runcode(self, code: Any) -> None:
        """Keep what was made, for `push_line` to await."""
        made = FunctionType(code, self.locals)()
        self._made = made if inspect.isawaitable(made) else None

    async def push_line(self, source: str) -> None:
        """Run a line, or remember it when the next ones belong to it."""
        try:
            needs_more = self.push(source)
            if self._made is not None:
                await self._made
        except Exception:  # noqa: BLE001 - whatever was typed: it is shown, and one goes on
            self.showtraceback()
            self.resetbuffer()  # what failed is no part of the next line
            needs_more = False
        self._made = None
        self.prompt = "... " if needs_more else ">>> "
