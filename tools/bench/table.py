"""Rows of the table: what was measured on both sides, round by round, and the marks that it should reach."""

import dataclasses
import statistics


@dataclasses.dataclass
class Side:
    """One of the two things compared: its name, and what each round gave."""
    name: str
    values: list = dataclasses.field(default_factory=list)
    p50_ms: list = dataclasses.field(default_factory=list)
    p99_ms: list = dataclasses.field(default_factory=list)
    cpu_us: list = dataclasses.field(default_factory=list)  # of the server, an answer

    def add(self, result):
        self.values.append(result.rate)
        self.p50_ms.append(result.p50_ms)
        self.p99_ms.append(result.p99_ms)
        self.cpu_us.append(result.cpu_us)

    def with_values(self, values):
        """The same rounds, of which another number is the row's value."""
        return dataclasses.replace(self, values=list(values))

    def renamed(self, name):
        return dataclasses.replace(self, name=name)

    @property
    def median(self):
        return statistics.median(self.values)


@dataclasses.dataclass(frozen=True)
class Mark:
    """What the median of a row's ratio, value or p99 should be: at least or at most this."""
    of: str  # RATIO, VALUE or P99
    least: float = None
    most: float = None

    def met(self, row):
        found = {RATIO: row.ratio, VALUE: row.kavro.median, P99: row.p99_ms}[self.of]
        return (self.least is None or found >= self.least) and (self.most is None or found <= self.most)


RATIO, VALUE, P99 = "ratio", "value", "p99"


def ratio_at_least(limit):
    return Mark(RATIO, least=limit)


def ratio_at_most(limit):
    return Mark(RATIO, most=limit)


def value_at_least(limit):
    return Mark(VALUE, least=limit)


def value_at_most(limit):
    return Mark(VALUE, most=limit)


def p99_at_most(limit_ms):
    return Mark(P99, most=limit_ms)


@dataclasses.dataclass
class Row:
    """One line of the table. `beside` is None where there is nothing to compare with, but only a mark."""
    what: str
    kavro: Side
    beside: Side = None
    marks: list = dataclasses.field(default_factory=list)
    unit: str = "/s"
    foreign: float = 0.0  # the most, of a core, that other programs took in a round

    @property
    def ratios(self):
        """Of each round: both sides of a round were measured one right after the other."""
        if self.beside is None:
            return []
        return [kavro / beside for kavro, beside in zip(self.kavro.values, self.beside.values, strict=True)]

    @property
    def ratio(self):
        return statistics.median(self.ratios) if self.beside is not None else None

    @property
    def p99_ms(self):
        return statistics.median(self.kavro.p99_ms) if self.kavro.p99_ms else None

    @property
    def met(self):
        """All marks; None without any."""
        return all(mark.met(self) for mark in self.marks) if self.marks else None
