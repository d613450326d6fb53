"""One stage of a training: epochs that can be interrupted between any two, with the same result."""

import hashlib
import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import numpy.typing as npt

from trigforge.merit import Floats
from trigforge.training.framework import keras, outputs
from trigforge.training.progress import Monitor
from trigforge.training.quantization import beta_at, calibrate, round_weights, set_beta
from trigforge.training.recipe import LabelledEvents, Stage
from trigforge.training.state import Arrays, EpochRecord, TrainingState, load_state, save_state
from trigforge.training.task import Targets, Task


@dataclass(frozen=True)
class Penalty:
    """The EBOPs' weight in the loss and their limit, see ``Recipe``; without a limit the last epoch is the best."""

    beta: tuple[float, float]
    ramp: float
    limit: int | None


@dataclass(frozen=True)
class Settling:
    """Types that stay as they are, and so the EBOPs; after each epoch every weight is a value of its type."""

    limit: int


@dataclass(frozen=True)
class Teacher:
    """A trained network's ``answers`` to the training events, and their ``share`` in what is aimed at."""

    answers: Floats
    share: float


@dataclass(frozen=True)
class Trained:
    """A model with the weights of its ``best`` epoch; of the last, and ``best`` None, if none kept the EBOPs limit."""

    model: Any
    history: tuple[EpochRecord, ...]
    best: EpochRecord | None

    @property
    def seconds(self) -> float:
        """Time spent in epochs, interruptions not counted."""
        return sum(record.seconds for record in self.history)


def train_stage(
    model: Any,
    task: Task,
    stage: Stage,
    train: LabelledEvents,
    validation: LabelledEvents,
    *,
    seed: int,
    checkpoint: Path,
    monitor: Monitor,
    penalty: Penalty | Settling | None = None,
    start: Callable[[], None] | None = None,
    teacher: Teacher | None = None,
    origin: str = "",
) -> Trained:
    """Train ``model`` from the checkpoint, if there is one, to the last epoch; leave it with its best epoch's weights.

    ``start`` is called before the first epoch only; ``origin`` is a digest of what it starts from. Events are shuffled
    by (seed, epoch), so that an epoch does not depend on where the training was interrupted.
    """
    steps = len(train) // stage.batch_size
    targets = _targets(task, train.labels, teacher)
    optimizer = _compile(model, targets.loss, stage, steps)
    more = [entry for entry in (origin, teacher and teacher.share) if entry]
    key = _key(model, task, stage, train, [_told(penalty), seed, *more])
    aimed = replace(train, labels=targets.values)
    state = _resumed(model, optimizer, load_state(checkpoint, key))
    if state is None:
        if start is not None:
            start()
        state = TrainingState(key, (), (), (), {})
    with monitor.stage(stage.epochs, steps * stage.batch_size, done=len(state.history)) as shown:
        for epoch in range(len(state.history), stage.epochs):
            order = np.random.default_rng((seed, epoch)).permutation(len(train))[: steps * stage.batch_size]
            record = _trained_epoch(model, task, stage, penalty, epoch, aimed, order, validation, shown.advance)
            state = _after(state, record, model, optimizer, task)
            save_state(checkpoint, state)
            shown.epoch(record)
    best = _best(state, task, penalty)
    if best is not None:
        _assign(model.variables, state.kept.get(best.epoch, state.model))
    return Trained(model, state.history, best)


def _targets(task: Task, labels: npt.NDArray[Any], teacher: Teacher | None) -> Targets:
    return Targets(labels, task.loss()) if teacher is None else task.taught(labels, teacher.answers, teacher.share)


def _resumed(model: Any, optimizer: Any, state: TrainingState | None) -> TrainingState | None:
    """The state of an interrupted training, if there is one, with its variables in ``model`` and ``optimizer``."""
    if state is not None:
        _assign(model.variables, state.model)
        _assign(optimizer.variables, state.optimizer)
    return state


def _trained_epoch(
    model: Any,
    task: Task,
    stage: Stage,
    penalty: Penalty | Settling | None,
    epoch: int,
    train: LabelledEvents,
    order: npt.NDArray[np.int64],
    validation: LabelledEvents,
    advance: Callable[[int, float], None],
) -> EpochRecord:
    """The record of one epoch over the events of ``order``, after which ``model`` is calibrated."""
    started = time.monotonic()
    beta = beta_at(epoch, stage.epochs, penalty.ramp, penalty.beta) if isinstance(penalty, Penalty) else 0.0
    if penalty:
        set_beta(model, beta)
    loss = _fit(model, train, order, stage.batch_size, epoch, advance)
    if isinstance(penalty, Settling):
        round_weights(model)
    ebops = sum(calibrate(model, train.features).values()) if penalty else 0
    answers = outputs(model, validation.features)
    return EpochRecord(
        epoch=epoch,
        seconds=time.monotonic() - started,
        loss=loss,
        validation_loss=_mean_loss(task, answers, validation.labels),
        figures=task.figures(answers, validation.labels),
        ebops=ebops,
        beta=beta,
    )


def _fit(
    model: Any,
    train: LabelledEvents,
    order: npt.NDArray[np.int64],
    batch_size: int,
    epoch: int,
    advance: Callable[[int, float], None],
) -> float:
    """One epoch over the events of ``order``; the mean loss."""
    fitted = model.fit(
        train.features[order],
        train.labels[order],
        batch_size=batch_size,
        initial_epoch=epoch,
        epochs=epoch + 1,
        shuffle=False,
        verbose=0,
        callbacks=[_batch_callback(advance, batch_size)],
    )
    return float(fitted.history["loss"][0])


def _mean_loss(task: Task, answers: Floats, labels: npt.NDArray[Any]) -> float:
    return float(keras().ops.mean(task.loss()(labels, answers.astype(np.float32))))


def _compile(model: Any, loss: Any, stage: Stage, steps: int) -> Any:
    framework = keras()
    schedule = framework.optimizers.schedules.CosineDecay(stage.learning_rate, max(stage.epochs * steps, 1))
    optimizer = framework.optimizers.Adam(schedule)
    model.compile(optimizer, loss=loss, jit_compile=True)
    optimizer.build(model.trainable_variables)
    return optimizer


def _key(model: Any, task: Task, stage: Stage, train: LabelledEvents, more: Sequence[Any]) -> str:
    """A digest of all that the result of a training depends on, as far as it is known before it."""
    shapes = [(str(v.name), [int(n) for n in v.shape]) for v in model.variables]
    settings = [task.described(), asdict(stage), *more, len(train), shapes]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    digest.update(np.ascontiguousarray(train.labels).tobytes())
    digest.update(np.ascontiguousarray(train.features[:: max(len(train) // 1000, 1)]).tobytes())
    return digest.hexdigest()


def _after(state: TrainingState, record: EpochRecord, model: Any, optimizer: Any, task: Task) -> TrainingState:
    current = _snapshot(model.variables)
    history = (*state.history, record)
    kept = {**state.kept, record.epoch: current}
    beaten = {e for e in kept for other in kept if _beats(history[other], history[e], task)}
    standing = {epoch: arrays for epoch, arrays in kept.items() if epoch not in beaten}
    return TrainingState(state.key, history, current, _snapshot(optimizer.variables), standing)


def _beats(one: EpochRecord, other: EpochRecord, task: Task) -> bool:
    """True where ``one`` is at least as good with at most the EBOPs; of equal ones the first."""
    ours, theirs = ((task.cost(record.figures), record.ebops) for record in (one, other))
    if ours == theirs:
        return one.epoch < other.epoch
    return ours[0] <= theirs[0] and ours[1] <= theirs[1]


def _told(penalty: Penalty | Settling | None) -> Any:
    """The part of a penalty on which a training depends; the limit only chooses from its epochs."""
    match penalty:
        case Penalty():
            return [penalty.beta, penalty.ramp]
        case Settling():
            return "settling"
        case None:
            return None
        case _:
            assert_never(penalty)


def _best(state: TrainingState, task: Task, penalty: Penalty | Settling | None) -> EpochRecord | None:
    """The best epoch within the limit, None where there is none; without a limit of the EBOPs the last one."""
    limit = math.inf if penalty is None else penalty.limit
    if limit is None:
        return state.history[-1]
    within = [state.history[epoch] for epoch in state.kept if state.history[epoch].ebops <= limit]
    return min(within, key=lambda record: (task.cost(record.figures), record.epoch), default=None)


def _snapshot(variables: Sequence[Any]) -> Arrays:
    return tuple(np.array(variable) for variable in variables)


def _assign(variables: Sequence[Any], arrays: Sequence[npt.NDArray[Any]]) -> None:
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _batch_callback(advance: Callable[[int, float], None], batch_size: int) -> Any:
    def on_batch(_: int, logs: dict[str, float]) -> None:
        advance(batch_size, float(logs["loss"]))

    return keras().callbacks.LambdaCallback(on_train_batch_end=on_batch)
