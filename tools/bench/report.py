"""The table: Markdown for people, JSON for programs."""

import dataclasses
import json
import statistics

from load import DISTURBED

HEADER = ("| What | Kavro | p50 / p99 ms | beside | its value | ratio (least-most) | mark | "
          "| server's CPU µs an answer |\n|---|--:|--:|---|--:|--:|---|---|--:|")


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}"


def spread(side, unit):
    """The median, and the least and the most of the rounds."""
    return f"{number(side.median)}{unit} ({number(min(side.values))}-{number(max(side.values))})"


def mark(row):
    if row.ratio_mark is not None:
        return f"≥ {row.ratio_mark:g} x"
    return f"≥ {row.value_mark:,.0f}{row.unit}" if row.value_mark is not None else ""


def verdict(row):
    parts = {None: [], True: ["met"], False: ["**missed**"]}[row.met]
    return ", ".join(parts + (["disturbed"] if row.foreign > DISTURBED else []))


def cost(row):
    """Of Kavro, and of the server beside it."""
    return " / ".join(number(statistics.median(side.cpu_us)) for side in (row.kavro, row.beside) if side.cpu_us)


def line(row):
    waited = (f"{statistics.median(row.kavro.p50_ms):.2f} / {statistics.median(row.kavro.p99_ms):.2f}"
              if row.kavro.p50_ms else "")
    ratios = f"{statistics.median(row.ratios):.2f} ({min(row.ratios):.2f}-{max(row.ratios):.2f})"
    return (f"| {row.what} | {spread(row.kavro, row.unit)} | {waited} | {row.beside.name} "
            f"| {spread(row.beside, row.unit)} | {ratios} | {mark(row)} | {verdict(row)} "
            f"| {cost(row)} |")


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


def as_json(rows, failures, about):
    return json.dumps({"about": about, "failures": failures, "rows": [
        dataclasses.asdict(row) | {"ratios": row.ratios, "ratio": statistics.median(row.ratios), "met": row.met}
        for row in rows]}, indent=2) + "\n"
