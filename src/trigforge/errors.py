"""Every error a user can meet, one class each. A message is one line: what was found, where, what to do."""


class TrigforgeError(Exception):
    """Base of all errors that are the user's to mend; the command line prints it without a traceback.

    Its arguments are sentences, one a fault.
    """

    def __str__(self) -> str:
        return "; ".join(map(str, self.args))


class GraphError(TrigforgeError):
    """A graph that contradicts itself: shapes, names, missing operands, or a limit of the asked route."""


class WidthError(GraphError):
    """A tensor needs more bits than an engine can carry exactly."""


class GraphFormatError(TrigforgeError):
    """A graph file or text that cannot be read."""


class UnsupportedModelError(TrigforgeError):
    """A trained model that cannot be represented exactly; lists every offending layer.

    ``refused`` has, for each of them, where it stands and why it is refused; it is empty where no layer is at fault.
    """

    refused: tuple[tuple[str, str], ...] = ()


class ModelFileError(TrigforgeError):
    """A model file or folder that is missing, truncated, of another kind, or unsafe to open."""


class DesignError(TrigforgeError):
    """A design point or budget that names what is unknown, contradicts itself or cannot be read."""


class EventsError(TrigforgeError):
    """Events of the wrong shape, dtype or content, or an events file that cannot be read."""


class NoEventsError(EventsError):
    """An events file that is sound but holds no events."""


class ProjectError(TrigforgeError):
    """A project that cannot be generated or written."""


class ToolMissingError(TrigforgeError):
    """A tool or package is not installed; names it, the variable that points to it or the line of pip that brings it,
    and what works without it."""


class ToolFailedError(TrigforgeError):
    """A tool ran and failed; carries the last lines of its log."""


class ReportFormatError(TrigforgeError):
    """A tool's report in which a figure is missing, or stands twice."""


class LibraryError(TrigforgeError):
    """A library of standard cells that cannot be read, or that lacks what a design needs; names file and line."""


class TrainingError(TrigforgeError):
    """A training that cannot start or resume."""


class CampaignError(TrigforgeError):
    """A fault-injection campaign that asks for what a design does not have, or a flip that redundancy did not mend."""


class BitMismatch(TrigforgeError):
    """Two simulators disagree; names the event, the output, both mantissas and the first tensor that differs."""


class FrameworkMismatch(BitMismatch):
    """A graph differs from the trained model that it was read from; names the first layer that differs."""


class BudgetError(TrigforgeError):
    """A build that breaks its budget; says each violated line."""
