"""Where a sweep of a thousand million runs on a hundred machines spends its time, simulated.

Events in order of time: a scheduler that takes so long for each message, workers that take so long
for each run, one client that takes in and writes rows. What each of them costs is measured on this
machine with ``--measure``, or else what was measured for ``docs/sweeps-at-scale.md``.

    python benchmarks/sweep_at_scale.py [--measure] [--runs 1e9] [--machines 100] [--cores 8]
"""

from __future__ import annotations

import argparse
import heapq
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

#: Chunks that are simulated; from then on everything goes on as it did.
SIMULATED = 60_000


@dataclass(frozen=True)
class Costs:
    """Seconds and bytes, as measured; see the page for how and on what."""

    run: float = 70e-6  # one run over 100,000 bars, on one core
    chunk: float = 3e-3  # around a chunk on its worker: unpacking, tables, packing
    message: float = 1.6e-3  # scheduler, for each chunk: out, back, forget
    row_bytes: float = 216.0  # of a row on its way to the client
    row_client: float = 0.6e-6  # taking a row in and writing it to Parquet
    row_kept: float = 67.0  # bytes of a row on disk
    candles: float = 9.6e6  # bytes of 100,000 bars, both sides
    network: float = 1.25e9  # bytes a second of one machine, 10 Gbit/s
    failures: float = 1 / 3.6e6  # of a machine, for each second: one in 1,000 hours
    restart: float = 30.0  # until another worker takes its place
    core_hour: float = 0.05  # what a core costs for an hour


@dataclass(frozen=True)
class Outcome:
    """What a simulated sweep came to."""

    chunk: int
    seconds: float
    workers_busy: float
    scheduler_busy: float
    client_busy: float
    lost_runs: float
    price: float

    @property
    def limit(self) -> str:
        """What the sweep waits for."""
        shares = {
            "workers": self.workers_busy,
            "scheduler": self.scheduler_busy,
            "client": self.client_busy,
        }
        return max(shares, key=lambda name: shares[name])


def simulate(
    costs: Costs, runs: float, machines: int, cores: int, chunk: int, *, rows_to_client: bool = True
) -> Outcome:
    """Simulate a sweep with chunks of one size.

    Parameters
    ----------
    costs : Costs
    runs : float
    machines, cores : int
        Cores of each machine.
    chunk : int
        Runs of a chunk.
    rows_to_client : bool
        Otherwise workers write their rows themselves and send a count.
    """
    chunks = math.ceil(runs / chunk)
    simulated = min(chunks, SIMULATED)
    workers = machines * cores
    # A tree: whoever has the candles sends them on.
    begin = math.ceil(math.log2(machines + 1)) * costs.candles / costs.network
    work = costs.chunk + chunk * costs.run
    if not rows_to_client:
        work += chunk * costs.row_client
    client_each = (
        chunk * max(costs.row_client, costs.row_bytes / costs.network) if rows_to_client else 1e-5
    )
    scheduler_free = client_free = begin
    # (time at which a worker is free, number): the earliest first.
    free = [(begin, number) for number in range(workers)]
    heapq.heapify(free)
    ended = begin
    for _ in range(simulated):
        ready, number = heapq.heappop(free)
        # A worker has its next chunk beside it; it waits only for a scheduler that is behind.
        sent = max(scheduler_free, ready - work)
        scheduler_free = sent + costs.message
        done = max(ready, scheduler_free) + work
        heapq.heappush(free, (done, number))
        client_free = max(client_free, done) + client_each
        ended = max(ended, client_free)
    # What is left goes on at the pace of the slowest.
    pace = max(costs.message, work / workers, client_each)
    seconds = ended + (chunks - simulated) * pace
    expected_failures = seconds * machines * costs.failures
    lost = expected_failures * cores * chunk * 1.5
    seconds += expected_failures * (costs.restart + 1.5 * work) / machines
    span = max(seconds - begin, 1e-9)
    return Outcome(
        chunk=chunk,
        seconds=seconds,
        workers_busy=min(chunks * work / workers / span, 1.0),
        scheduler_busy=min(chunks * costs.message / span, 1.0),
        client_busy=min(chunks * client_each / span, 1.0),
        lost_runs=lost,
        price=seconds / 3600 * workers * costs.core_hour,
    )


def measure() -> Costs:
    """Measure on this machine what can be measured on one."""
    import io

    import pyarrow as pa
    from distributed import Client, LocalCluster
    from pyarrow import parquet

    from fillproof import rust, sweep
    from fillproof.conformance.bench.made_bars import made_bars

    bid, ask = (rust.Candles(*side.columns()) for side in made_bars(100_000))
    options: dict[str, Any] = {
        "symbol": "EURUSD", "backend": "rust", "workers": 1,
        "policy": rust.ExecutionPolicy(max_positions=1), "sizing": rust.FixedLots(0.1),
        "grid": {"fast": range(4, 44), "slow": range(50, 150, 5)},
    }  # fmt: skip
    times = []
    for _ in range(5):
        begun = time.process_time()
        table = sweep(bid, ask, "ema-cross", **options).table
        times.append(time.process_time() - begun)
    run = min(times) / table.num_rows
    many = pa.concat_tables([table] * 25)
    begun = time.process_time()
    for place in range(0, many.num_rows, 10_000):
        part = many.slice(place, 10_000).sort_by("combination")
        parquet.write_table(part, io.BytesIO())
    row_client = (time.process_time() - begun) / many.num_rows
    # Of rows that do not repeat.
    file = io.BytesIO()
    parquet.write_table(table, file)
    kept = file.tell() / table.num_rows
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        client.gather(client.map(abs, range(50), pure=False))
        count = 2000
        # Scheduler and client are in this process; the time of the workers is not counted.
        begun = time.process_time()
        client.gather([client.submit(abs, number, pure=False) for number in range(count)])
        message = (time.process_time() - begun) / count
    return replace(
        Costs(),
        run=run,
        message=message,
        row_client=row_client,
        row_kept=kept,
        row_bytes=table.nbytes / table.num_rows,
    )


def lines(costs: Costs, runs: float, machines: int, cores: int) -> Iterator[str]:
    """Write the outcomes as a table of Markdown."""
    yield (
        f"{runs:.0e} runs, {machines} machines of {cores} cores; a run {costs.run * 1e6:.0f} us, "
        f"a message {costs.message * 1e3:.2f} ms, a row {costs.row_bytes:.0f} bytes on the wire, "
        f"{costs.row_client * 1e6:.1f} us at the client, {costs.row_kept:.0f} bytes on disk"
    )
    yield ""
    yield "| rows go to | chunk | hours | workers | scheduler | client | waits for | lost | price |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |"
    for to_client in (True, False):
        for chunk in (1, 256, 4096, 32_768, 262_144):
            made = simulate(costs, runs, machines, cores, chunk, rows_to_client=to_client)
            yield (
                f"| {'the client' if to_client else 'files'} | {chunk:,} | "
                f"{made.seconds / 3600:.2f} | {made.workers_busy:.0%} | "
                f"{made.scheduler_busy:.0%} | {made.client_busy:.0%} | {made.limit} | "
                f"{made.lost_runs:,.0f} | {made.price:.2f} |"
            )
    yield ""
    yield f"rows on disk: {runs * costs.row_kept / 1e9:.0f} GB"
    yield f"rows through one client: {runs * costs.row_bytes / costs.network / 60:.1f} min of wire"
    yield f"candles to all machines: {costs.candles * machines / 1e9:.2f} GB in all"


def main() -> None:
    """Simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--runs", type=float, default=1e9)
    parser.add_argument("--machines", type=int, default=100)
    parser.add_argument("--cores", type=int, default=8)
    given = parser.parse_args()
    costs = measure() if given.measure else Costs()
    print("\n".join(lines(costs, given.runs, given.machines, given.cores)))


if __name__ == "__main__":
    main()
