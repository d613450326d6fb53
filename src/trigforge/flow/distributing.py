"""A ``Job`` on many machines, through Dask's distributed scheduler; results do not depend on the workers."""

import logging
import signal
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import Any
from uuid import uuid4

from trigforge.errors import EventsError, ToolFailedError, ToolMissingError, TrigforgeError
from trigforge.flow.spreading import TIMES_LOST, Job, R, S, Say, Supply, T, told

_CONNECT_SECONDS = 30


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


def spread(client: Any, job: Job[S, T, R], supply: Supply[T], say: Say) -> Iterator[tuple[T, R]]:
    """The items of ``supply`` and their results, in the order in which workers finish.

    An item whose worker is lost goes to another. Only a few items for each worker are under way, so results do not
    pile up. Raises what ``TrigforgeError`` the work raises there, and ``ToolFailedError`` where the scheduler is lost
    or workers have no trigforge.
    """
    from distributed import CancelledError, KilledWorker, as_completed
    from distributed.comm.core import CommClosedError

    under_way: dict[str, T] = {}
    lost: dict[str, int] = {}
    # A task, not a scattered value: it is made again when all workers that hold it are lost.
    shared = client.submit(_same, job.shared, key=f"trigforge-{uuid4()}")
    finished: Any = as_completed([], raise_errors=False)

    def fill() -> None:
        threads = sum(client.nthreads().values())
        say(told(threads))
        while len(under_way) < max(4, 3 * threads) and (item := supply()) is not None:
            future = client.submit(job.perform, shared, item, key=f"trigforge-{job.key(item)}")
            under_way[future.key] = item
            finished.add(future)

    try:
        fill()
        while under_way:
            future = next(finished)
            item = under_way.pop(future.key)
            try:
                found: R = future.result()
            except KilledWorker as error:
                key = job.key(item)
                lost[key] = lost.get(key, 0) + 1
                if lost[key] <= TIMES_LOST:
                    future.retry()
                    under_way[future.key] = item
                    finished.add(future)
                    continue
                found = job.failed(item, error)
            except (CommClosedError, CancelledError, TrigforgeError):
                raise
            except ModuleNotFoundError as error:
                raise ToolFailedError(
                    f"the Dask workers lack {error.name}; start them in an environment with trigforge"
                ) from None
            except Exception as error:  # whatever a worker or pickle raises
                found = job.failed(item, error)
            future.release()
            yield item, found
            fill()
    except (OSError, CancelledError):
        raise ToolFailedError("the Dask scheduler was lost; run the same command again, finished parts stay") from None


def _same(shared: S) -> S:
    return shared
