"""Draws latency against load as SVG: two panels, the median and the 99th percentile, a line for each server."""

import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1160, 560
PANEL_WIDTH, PANEL_HEIGHT, TOP = 460, 380, 100
LEFTS = (80, 660)  # of the panels
COLOURS = {"kavro": "#0b7a4b", "nginx": "#2563b0", "poco": "#c2500b"}
NAMES = {"kavro": "Kavro, all plugins on", "nginx": "nginx, return 200", "poco": "Poco::Net::HTTPServer"}
HALO = 'stroke="#fff" stroke-width="4" paint-order="stroke" font-weight="bold"'  # readable on lines
LABELLED = (1, 8, 64, 256, 1000)  # connections that are written at Kavro's points
TICKS = 5  # along the axis of rates, about


def nice_step(most):
    """1, 2 or 5 times a power of ten, for about TICKS ticks."""
    rough = most / TICKS
    power = 10 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough)


def text(x, y, content, anchor="start", size=12, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" {more}>{escape(content)}</text>'


def rule(x1, y1, x2, y2, colour="#ddd"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


class Panel:
    """One pair of axes: rates along a linear one, latencies up a logarithmic one."""

    def __init__(self, left, title, field, rate_step, rate_end, decades):
        self.left, self.title, self.field = left, title, field
        self.rate_step, self.rate_end, self.decades = rate_step, rate_end, decades

    def x(self, rate):
        return self.left + PANEL_WIDTH * rate / self.rate_end

    def y(self, ms):
        low, high = self.decades
        return TOP + PANEL_HEIGHT * (high - math.log10(ms)) / (high - low)

    def axes(self):
        bottom, right = TOP + PANEL_HEIGHT, self.left + PANEL_WIDTH
        parts = [text(self.left, TOP - 12, self.title, size=14, more='font-weight="bold"')]
        for decade in range(self.decades[0], self.decades[1] + 1):
            for digit in range(1, 10 if decade < self.decades[1] else 2):
                height = self.y(digit * 10.0 ** decade)
                parts.append(rule(self.left, height, right, height, "#c4c4c4" if digit == 1 else "#efefef"))
            parts.append(text(self.left - 8, self.y(10.0 ** decade) + 4, f"{10.0 ** decade:g} ms", "end"))
        for tick in range(round(self.rate_end / self.rate_step) + 1):
            rate = tick * self.rate_step
            parts += [rule(self.x(rate), bottom, self.x(rate), bottom + 5, "#888"),
                      text(self.x(rate), bottom + 20, f"{rate:,.0f}", "middle")]
        parts += [rule(self.left, bottom, right, bottom, "#888"), rule(self.left, TOP, self.left, bottom, "#888"),
                  text(self.left + PANEL_WIDTH / 2, bottom + 42, "answers a second", "middle", 13)]
        return parts

    def line(self, curve):
        """The line and its points; the labels are for later, to be on top of every line."""
        colour = COLOURS[curve.name]
        places = [(point.connections, self.x(point.rate), self.y(getattr(point, self.field))) for point in curve.points]
        parts = [f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="'
                 + " ".join(f"{x:.1f},{y:.1f}" for _, x, y in places) + '"/>']
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="{colour}"><title>{escape(curve.name)}, '
                  f'{connections:,} connections</title></circle>' for connections, x, y in places]
        labels = [text(x + 8, y + 14, f"{connections:,}", size=11, more=HALO + f' fill="{colour}"')
                  for connections, x, y in places if curve.name == "kavro" and connections in LABELLED]
        return parts, labels


def legend(curves):
    parts, x = [], LEFTS[0]
    for curve in curves:
        colour = COLOURS[curve.name]
        parts += [f'<line x1="{x}" y1="54" x2="{x + 28}" y2="54" stroke="{colour}" stroke-width="2"/>',
                  f'<circle cx="{x + 14}" cy="54" r="3.2" fill="{colour}"/>',
                  text(x + 36, 58, NAMES[curve.name], size=13)]
        x += 60 + 8 * len(NAMES[curve.name])
    return parts


def svg(curves, about):
    points = [point for curve in curves for point in curve.points]
    most = max(point.rate for point in points)
    step = nice_step(most)
    rate_end = step * math.ceil(most * 1.03 / step)  # room for the labels
    decades = (math.floor(math.log10(min(point.p50_ms for point in points))),
               math.ceil(math.log10(max(point.p99_ms for point in points))))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
             f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="DejaVu Sans, Verdana, sans-serif" fill="#222">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
             text(LEFTS[0], 30, "GET /health over HTTPS: latency against load, one core for the server", size=18,
                  more='font-weight="bold"'), *legend(curves)]
    for left, title, field in zip(LEFTS, ("median", "99th percentile"), ("p50_ms", "p99_ms")):
        panel = Panel(left, title, field, step, rate_end, decades)
        parts += panel.axes()
        lines, labels = zip(*map(panel.line, curves))
        parts += sum(lines + labels, [])
    counts = [point.connections for point in curves[0].points]
    note = (f"Each point is a number of connections, {counts[0]} to {counts[-1]:,}, doubling; some of Kavro's are "
            f"labelled. Medians; rounds: {about['rounds']}. Kavro {about['kavro']}, {about['nginx']}, "
            f"{about['processor']}.")
    parts.append(text(LEFTS[0], HEIGHT - 14, note, size=11, more='opacity="0.75"'))
    return "\n".join(parts + ["</svg>"]) + "\n"
