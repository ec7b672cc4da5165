"""A sweep on a dask cluster: the candles are sent once, combinations in chunks.

A chunk is a pure function of the candles and its places in the grid, so one whose worker died runs
again elsewhere and gives the same rows. Candles that died with it, as no other had joined when they
were sent, are sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError
from itertools import islice
from time import monotonic
from typing import Any

import pyarrow as pa

from fillproof.sweeps import running
from fillproof.sweeps.grid import Grid
from fillproof.sweeps.sending import aligned, candles_of
from fillproof.sweeps.work import Rows, Sides, Work, open_sides

__all__ = ["run"]

#: Combinations of the first chunks; later ones take as long as `_SECONDS`.
_FIRST = 16
_MOST = 32_768
_SECONDS = 2.0
#: Chunks that wait for each worker, so that none stands still.
_WAITING = 2
#: How many chunks in a row may be lost with their workers.
_LOSSES = 100
#: How often the caller is told, and interrupts are seen.
_PAUSE = 0.05

#: Places in the grid, and what stands there.
Combinations = list[tuple[int, Mapping[str, Any]]]
#: Rows of a chunk, the first failure in it, and how long it took.
Done = tuple[pa.RecordBatch, tuple[int, Exception] | None, float]


def run(
    work: Work,
    sides: Sides,
    grid: Grid,
    places: Iterable[int],
    client: Any,
    told: Callable[[int], None] | None,
) -> Iterator[Rows]:
    """Run the combinations at some places on a cluster; see `fillproof.sweeps.running.run`.

    Parameters
    ----------
    client : dask.distributed.Client
        Workers have to have Fillproof, with the backend, and what the strategy comes from.

    Yields
    ------
    Rows
    """
    sent = _Sent(client, (work, tuple(candles_of(side) for side in sides)))
    todo = iter(places)
    size, done = _FIRST, 0
    failed: tuple[int, Exception] | None = None
    try:
        while True:
            while failed is None and sent.has_room() and (chunk := list(islice(todo, size))):
                sent.submit([(place, grid[place]) for place in chunk])
            if not sent.waiting:
                break
            for count, (batch, error, took) in sent.ended():
                done += batch.num_rows
                if error is not None and (failed is None or error[0] < failed[0]):
                    failed = error
                size = min(max(int(count * _SECONDS / max(took, 1e-3)), 1), 2 * size, _MOST)
                yield Rows(batch)
            if told is not None:
                told(done)
    except KeyboardInterrupt as interrupt:
        yield Rows(work.rows([], []), interrupted=interrupt)
        return
    finally:
        for future in sent.waiting:
            future.cancel()
    if failed is not None:
        yield Rows(work.rows([], []), failed=failed)


class _Sent:
    """What the workers hold, and the chunks that wait there.

    Attributes
    ----------
    waiting : dict
        From the future of a chunk to its combinations.
    """

    def __init__(self, client: Any, shared: tuple[Work, tuple[Any, ...]]) -> None:
        self.waiting: dict[Any, Combinations] = {}
        self._client, self._shared = client, shared
        self._losses = 0
        self._send()

    def _send(self) -> None:
        # Held by each worker once, however many chunks it runs.
        self._held = self._client.scatter(self._shared, broadcast=True, hash=False)

    def has_room(self) -> bool:
        """Tell whether a worker could stand still; asked anew, as workers come and go."""
        workers = self._client.scheduler_info(n_workers=-1)["workers"]
        return len(self.waiting) < _WAITING * max(len(workers), 1)

    def submit(self, combinations: Combinations) -> None:
        """Let a worker run a chunk."""
        future = self._client.submit(_chunk, self._held, combinations, pure=False)
        self.waiting[future] = combinations

    def ended(self) -> Iterator[tuple[int, Done]]:
        """Give how long the chunks are that are done, and what they gave; wait a while for one."""
        done = [future for future in self.waiting if future.done()]
        if not done:
            _wait_a_while(list(self.waiting))
        lost = []
        for future in done:
            combinations = self.waiting.pop(future)
            try:
                result = future.result()
            except CancelledError:
                self._losses += 1
                if self._losses > _LOSSES:
                    raise
                lost.append(combinations)
                continue
            self._losses = 0
            yield len(combinations), result
        if lost:
            self._send()
            for combinations in lost:
                self.submit(combinations)


def _wait_a_while(futures: list[Any]) -> None:
    """Wait until one of the futures is done, or for a while."""
    import distributed

    wait: Any = distributed.wait
    try:
        wait(futures, timeout=_PAUSE, return_when="FIRST_COMPLETED")
    except (distributed.TimeoutError, TimeoutError, CancelledError):
        return


#: The candles of the last chunk as they were sent, and as the engine takes them.
_opened: tuple[Any, str, Sides] | None = None


def _open(columns: tuple[Any, ...], backend: str) -> Sides:
    """Bring candles into the engine's form once for each worker, not once for each chunk."""
    global _opened  # noqa: PLW0603 - one sweep at a time
    held = _opened
    if held is None or held[0] is not columns or held[1] != backend:
        bid, ask = (aligned(side) for side in columns)
        _opened = held = (columns, backend, open_sides(bid, ask, backend))
    return held[2]


def _chunk(shared: tuple[Work, tuple[Any, ...]], combinations: Combinations) -> Done:
    """Run a chunk on a worker; rows, the first failure, and how long it took."""
    work, columns = shared
    began = monotonic()
    sides = _open(columns, work.backend)
    listed = dict(combinations)
    made = list(running.run(work, sides, listed, listed, 1, None))
    table = pa.Table.from_batches([rows.batch for rows in made], work.schema).combine_chunks()
    batch = (table.to_batches() or [work.rows([], [])])[0]
    failed = next((rows.failed for rows in made if rows.failed is not None), None)
    return batch, failed, monotonic() - began
