"""Partitions on many machines, through Dask's distributed scheduler; results do not depend on the workers."""

import logging
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any
from uuid import uuid4

from trigforge.errors import EventsError, ToolFailedError, ToolMissingError, TrigforgeError
from trigforge.flow.engines import Outputs
from trigforge.flow.partitions import Partition, Work, compute

_CONNECT_SECONDS = 30
_TIMES_LOST = 3


@contextmanager
def connected(scheduler: str | None, workers: int | None) -> Generator[Any, None, None]:
    """A Dask client: of the scheduler at ``scheduler``, else of ``workers`` processes on this machine.

    Raises ``ToolMissingError`` without Dask and ``EventsError`` where the scheduler does not answer.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ToolMissingError(
            "Dask is missing: --scheduler and --workers need the package distributed, pip install "
            "'trigforge[distributed]'; without them everything runs on this machine"
        ) from None
    _quiet()
    if scheduler is None:
        with _unheard(signal.SIGINT):
            cluster: Any = LocalCluster(
                n_workers=workers, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
            )
        with cluster, Client(cluster) as client:
            yield client
        return
    try:
        client: Any = Client(scheduler, timeout=_CONNECT_SECONDS)
    except (OSError, ValueError) as error:
        raise EventsError(
            f"no Dask scheduler answers at {scheduler} ({type(error).__name__}); check the address"
        ) from None
    with client:
        yield client


def _quiet() -> None:
    """Silence Dask's own log: the errors in it are raised here as well."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@contextmanager
def _unheard(number: signal.Signals) -> Generator[None, None, None]:
    """Threads and processes that are started inside never get the signal: a Ctrl-C is for this one, which ends them."""
    resource_tracker.ensure_running()  # whoever starts it first has his signals unblocked
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {number})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def spread(
    client: Any, work: Work, partitions: Sequence[Partition], say: Callable[[str], None]
) -> Iterator[tuple[Partition, Outputs]]:
    """As ``partitions.compute``, in the order in which workers finish.

    A partition whose worker is lost goes to another. Only a few partitions for each worker are under way, so results
    do not pile up. Raises what ``compute`` raises there, and ``ToolFailedError`` for a partition that takes its worker
    down again and again or where the scheduler is lost.
    """
    from distributed import CancelledError, KilledWorker, as_completed
    from distributed.comm.core import CommClosedError

    waiting = list(reversed(partitions))
    under_way: dict[str, Partition] = {}
    lost: dict[str, int] = {}
    # A task, not a scattered value: it is made again when all workers that hold it are lost.
    shared = client.submit(_same, work, key=f"trigforge-{uuid4()}")
    finished: Any = as_completed([], raise_errors=False)

    def fill() -> None:
        threads = sum(client.nthreads().values())
        say(f"{threads} workers" if threads else "waiting for workers")
        while waiting and len(under_way) < max(4, 3 * threads):
            partition = waiting.pop()
            future = client.submit(perform, shared, partition, key=f"trigforge-{work.engine}-{partition.key}")
            under_way[future.key] = partition
            finished.add(future)

    try:
        fill()
        while under_way:
            future = next(finished)
            partition = under_way.pop(future.key)
            try:
                outputs = future.result()
            except KilledWorker as error:
                lost[partition.key] = lost.get(partition.key, 0) + 1
                if lost[partition.key] > _TIMES_LOST:
                    raise _failed(work, partition, error) from None
                future.retry()
                under_way[future.key] = partition
                finished.add(future)
                continue
            except (CommClosedError, CancelledError, TrigforgeError):
                raise
            except Exception as error:  # whatever a worker or pickle raises
                raise _failed(work, partition, error) from None
            future.release()
            yield partition, outputs
            fill()
    except (OSError, CancelledError):
        raise ToolFailedError("the Dask scheduler was lost; run the same command again, finished parts stay") from None


def perform(work: Work, partition: Partition) -> Outputs:
    """The work of a worker on one partition."""
    ((_, outputs),) = compute(work, [partition])
    return outputs


def _same(work: Work) -> Work:
    return work


def _failed(work: Work, partition: Partition, error: Exception) -> ToolFailedError:
    where = f"events {partition.start} to {partition.stop} of {work.files[partition.number].path}"
    if isinstance(error, ModuleNotFoundError):
        return ToolFailedError(f"the Dask workers lack {error.name}; start them in an environment with trigforge")
    return ToolFailedError(
        f"Dask could not finish {where} ({type(error).__name__}: {' '.join(str(error).split())}); "
        "look at the workers' logs and run the same command again, finished parts stay"
    )
