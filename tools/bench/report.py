"""The table: Markdown for people, JSON for programs."""

import dataclasses
import json
import statistics

from load import DISTURBED
from table import P99, RATIO

HEADER = ("| What | Kavro | p50 / p99 ms | beside | its value | ratio (least-most) | mark | "
          "| server's CPU µs an answer |\n|---|--:|--:|---|--:|--:|---|---|--:|")


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(side, unit):
    """The median, and the least and the most of the rounds."""
    return f"{number(side.median)}{unit} ({number(min(side.values))}-{number(max(side.values))})"


def mark_text(mark, unit):
    sign, limit = ("≥", mark.least) if mark.least is not None else ("≤", mark.most)
    if mark.of == RATIO:
        return f"{sign} {limit:g} x"
    return f"p99 {sign} {limit:g} ms" if mark.of == P99 else f"{sign} {limit:,g}{unit}"


def verdict(row):
    parts = [] if row.met is None else ["met"] if row.met else ["**missed**"]
    if row.met is False and len(row.marks) > 1:
        missed = ", ".join(mark_text(mark, row.unit) for mark in row.marks if not mark.met(row))
        parts = [f"**missed** {missed}"]
    return ", ".join(parts + (["disturbed"] if row.foreign > DISTURBED else []))


def cost(row):
    """Of Kavro, and of the server beside it."""
    sides = [side for side in (row.kavro, row.beside) if side is not None and side.cpu_us]
    return " / ".join(number(statistics.median(side.cpu_us)) for side in sides)


def line(row):
    waited = f"{statistics.median(row.kavro.p50_ms):.2f} / {row.p99_ms:.2f}" if row.kavro.p50_ms else ""
    beside, its_value, ratios = "", "", ""
    if row.beside is not None:
        beside, its_value = row.beside.name, spread(row.beside, row.unit)
        ratios = f"{row.ratio:.2f} ({min(row.ratios):.2f}-{max(row.ratios):.2f})"
    marks = ", ".join(mark_text(mark, row.unit) for mark in row.marks)
    return (f"| {row.what} | {spread(row.kavro, row.unit)} | {waited} | {beside} | {its_value} | {ratios} "
            f"| {marks} | {verdict(row)} | {cost(row)} |")


def markdown(rows, failures, about):
    text = [f"Kavro {about['kavro']}; medians (least-most) of {about['rounds']} measurements of {about['seconds']:g} s "
            f"each. {about['processor']}, {about['cores']} cores, Linux {about['kernel']}, {about['disk']} below the "
            f"database; {about['nginx']}, {about['wrk']}, {about['openssl']}; load average at the start "
            f"{about['load_average']}.", "", HEADER]
    text += map(line, rows)
    text += (f"\n**Not measured.** {failure}" for failure in failures)
    disturbed = max((row.foreign for row in rows), default=0)
    if disturbed > DISTURBED:
        text += ["", f"Disturbed: other programs took up to {disturbed:.0%} of a core meanwhile. Measure again when "
                 "the machine is quiet (--wait MINUTES)."]
    return "\n".join(text)


def row_as_data(row):
    marks = [dataclasses.asdict(mark) | {"met": mark.met(row)} for mark in row.marks]
    return dataclasses.asdict(row) | {"marks": marks, "ratios": row.ratios, "ratio": row.ratio, "met": row.met}


def as_json(rows, failures, about, curves=()):
    """`curves`: what the plot shows."""
    return json.dumps({"about": about, "failures": failures, "rows": list(map(row_as_data, rows)),
                       "latency_against_load": [dataclasses.asdict(curve) for curve in curves]}, indent=2) + "\n"
