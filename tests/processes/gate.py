"""A TCP gate: passes bytes on to somebody behind it, and is as bad a network as a test wants."""

import asyncio
import random
from dataclasses import dataclass
from typing import Self

from tests.processes.loop_thread import LoopThread
from tests.services import free_port

PIECE_BYTES = 1400  # about what fits into one packet
# What a lost packet costs: it is sent again after so long, then after twice that, and so on.
RESENT_AFTER_S = 0.2
RESENT_MAX = 5
PIECES_ON_THE_WAY_MAX = 64


@dataclass(frozen=True)
class Weather:
    """How bytes fare: `loss` is the share of packets that do not arrive at the first try."""

    latency_s: float = 0.0
    bytes_per_s: float = 0.0
    loss: float = 0.0


_Pieces = asyncio.Queue[tuple[float, bytes]]  # when each arrives


class Gate:
    """`with Gate("127.0.10.9", ("127.0.10.1", 8000)) as gate:` listens at `gate.domain`."""

    def __init__(self, address: str, target: tuple[str, int]) -> None:
        self.address, self.port = address, free_port(address)
        self.target = target
        self.weather = Weather()
        self._loop = LoopThread()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def domain(self) -> str:
        return f"{self.address}:{self.port}"

    def __enter__(self) -> Self:
        self._loop.__enter__()
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()
        self._loop.__exit__()

    def open(self) -> None:
        self._loop.run(self._open())

    def shut(self) -> None:
        """Refuse connections and cut those that are open."""
        self._loop.run(self._shut())

    async def _open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(
                self._connected, self.address, self.port, backlog=1024
            )

    async def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            beyond_reader, beyond = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, beyond}
        self._writers |= both
        try:
            async with asyncio.TaskGroup() as group:
                for source, target in ((reader, beyond), (beyond_reader, writer)):
                    on_the_way = _Pieces(PIECES_ON_THE_WAY_MAX)
                    group.create_task(self._leave(source, on_the_way))
                    group.create_task(self._arrive(on_the_way, target))
        except* (OSError, RuntimeError):  # one side ended: so does the other
            for each in both:
                each.transport.abort()
        finally:
            self._writers -= both
            for each in both:
                each.close()

    async def _leave(self, reader: asyncio.StreamReader, on_the_way: _Pieces) -> None:
        """Send piece after piece on its way: what makes them late makes none wait for another."""
        piece = b"begin"
        while piece:
            piece = await reader.read(PIECE_BYTES)
            await self._travel(len(piece))
            at = asyncio.get_running_loop().time() + self.weather.latency_s
            await on_the_way.put((at, piece))

    async def _arrive(self, on_the_way: _Pieces, writer: asyncio.StreamWriter) -> None:
        """Hand over what has come; what is empty is the end."""
        piece = b"begin"
        while piece:
            at, piece = await on_the_way.get()
            await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
            writer.write(piece)
            await writer.drain()
        writer.write_eof()

    async def _travel(self, size: int) -> None:
        """Wait until a piece is on its way; raises when it never arrives."""
        weather = self.weather
        wait_s = 0.0
        if weather.bytes_per_s:
            wait_s += size / weather.bytes_per_s
        tries = 0
        while random.random() < weather.loss:
            wait_s += RESENT_AFTER_S * 2**tries
            tries += 1
            if tries > RESENT_MAX:
                raise ConnectionResetError
        if wait_s:
            await asyncio.sleep(wait_s)
