"""Pictures as SVG inside of a page: axes, dots of several shapes, lines."""

from dataclasses import dataclass
from html import escape

import numpy as np

from skcurious.campaign._report._markup import number, plain

WIDTH, HEIGHT = 560, 400
LEFT, RIGHT, TOP, BOTTOM = 66, 16, 14, 58
# Letters of a name along an axis, and of a value beside a shape or a place.
LONG, SHORT = 60, 14
# Distances between marks of an axis, times a power of ten.
STEPS = np.array([1, 2, 2.5, 5, 10])
# Paths about (0, 0) that can be told apart: circle, square, triangle, diamond, ...
SHAPES = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "M-3.6-3.6h7.2v7.2h-7.2z",
    "M0-4.6L4.4 3.4h-8.8z",
    "M0-5L5 0L0 5L-5 0z",
    "M0 4.6L4.4-3.4h-8.8z",
    "M-1.5-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
)


def ticks(low, high, most=6):
    """Round numbers within a range."""
    raw = (high - low) / most
    power = 10.0 ** np.floor(np.log10(raw))
    step = power * STEPS[np.searchsorted(STEPS * power, raw * (1 - 1e-9))]
    return np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step


def extent(*values, floor=None):
    """A range around all of some values, with a margin."""
    together = np.concatenate([np.ravel(v) for v in values])
    together = together[np.isfinite(together)]
    if not together.size:
        return 0.0, 1.0
    low, high = float(together.min()), float(together.max())
    if floor is not None:
        low = floor
    margin = 0.05 * (high - low)
    if margin <= 1e-9 * max(abs(low), abs(high)):
        margin = 0.1 * abs(high) or 1.0
    return (low if floor is not None else low - margin), high + margin


def label(value, longest=SHORT):
    """Text of the user inside of a picture, which has no room for long ones."""
    string = plain(value, 200)
    string = string if len(string) <= longest else string[: longest - 1] + "…"
    return escape(string)


@dataclass
class Axes:
    """A picture with two axes, made of strings.

    Parameters
    ----------
    x, y : (float, float)
        Their ranges.
    """

    x: tuple
    y: tuple

    def __post_init__(self):
        self.parts = []

    def at(self, x, y):
        """Where something is on the page, in points."""
        right = LEFT + (x - self.x[0]) / (self.x[1] - self.x[0]) * (
            WIDTH - LEFT - RIGHT
        )
        down = (
            HEIGHT
            - BOTTOM
            - (y - self.y[0]) / (self.y[1] - self.y[0]) * (HEIGHT - TOP - BOTTOM)
        )
        return right, down

    def dots(self, x, y, kind, shape=0, strength=None, titles=None, size=1.0):
        """Marks at values; `strength` from 0 to 1 for how plainly each is seen."""
        titles = titles or [None] * len(x)
        strength = [None] * len(x) if strength is None else strength
        grown = "" if size == 1 else f" scale({size:g})"
        for a, b, title, opacity in zip(
            *self.at(np.asarray(x), np.asarray(y)), titles, strength, strict=True
        ):
            if not (np.isfinite(a) and np.isfinite(b)):
                continue
            seen = "" if opacity is None else f' opacity="{opacity:.2f}"'
            where = f'transform="translate({a:.1f} {b:.1f}){grown}"'
            inside = "" if title is None else f"<title>{escape(title)}</title>"
            self.parts.append(
                f'<path class="{kind}" {where}{seen} d="{SHAPES[shape]}">'
                f"{inside}</path>"
            )

    def line(self, x, y, kind):
        """A line through values; it breaks where there is none."""
        run, path = False, []
        for a, b in zip(*self.at(np.asarray(x), np.asarray(y)), strict=True):
            if np.isfinite(a) and np.isfinite(b):
                path.append(f"{'L' if run else 'M'}{a:.1f} {b:.1f}")
            run = bool(np.isfinite(a) and np.isfinite(b))
        if path:
            self.parts.append(f'<path class="{kind}" d="{"".join(path)}"/>')

    def words(self, x, y, string, kind, shift):
        """A word beside a value."""
        a, b = self.at(x, y)
        self.parts.append(
            f'<text class="{kind}" x="{a + shift[0]:.1f}" y="{b + shift[1]:.1f}" '
            f'text-anchor="start">{escape(string)}</text>'
        )

    def svg(self, name, title, labels, places=(), whole_x=False):
        """The picture.

        Parameters
        ----------
        name : str
            For ids, different from those of other pictures.
        title : str
            What it shows, for whoever does not see it; not escaped yet.
        labels : (str, str)
            Of the axes; not escaped yet.
        places : list of str
            Names along the first axis, at 0, 1, ..., in place of numbers.
        whole_x : bool
            Whether the first axis counts.
        """
        frame = []
        left, bottom = LEFT, HEIGHT - BOTTOM
        if places:
            marks = list(enumerate(label(place, 9) for place in places))
        else:
            marks = [(v, number(v, 4)) for v in ticks(*self.x)]
            if whole_x:
                marks = [(v, number(v, 6)) for v, _ in marks if v == round(v)]
        for value, word in marks:
            a, _ = self.at(value, self.y[0])
            frame.append(
                f'<path class="grid" d="M{a:.1f} {TOP}V{bottom}"/>'
                f'<text x="{a:.1f}" y="{bottom + 18}" text-anchor="middle">'
                f"{word}</text>"
            )
        for value in ticks(*self.y):
            _, b = self.at(self.x[0], value)
            frame.append(
                f'<path class="grid" d="M{left} {b:.1f}H{WIDTH - RIGHT}"/>'
                f'<text x="{left - 6}" y="{b + 4:.1f}" text-anchor="end">'
                f"{number(value, 4)}</text>"
            )
        middle = (TOP + bottom) / 2
        frame.append(
            f'<path class="axis" d="M{left} {TOP}V{bottom}H{WIDTH - RIGHT}"/>'
            f'<text x="{(left + WIDTH - RIGHT) / 2:g}" y="{HEIGHT - 10}" '
            f'text-anchor="middle">{label(labels[0], LONG)}</text>'
            f'<text transform="translate(15 {middle:g}) rotate(-90)" '
            f'text-anchor="middle">{label(labels[1], LONG - 14)}</text>'
        )
        return (
            f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-labelledby="{name}-title">'
            f'<title id="{name}-title">{escape(title)}</title>\n'
            + "\n".join([*frame, *self.parts])
            + "</svg>"
        )


def figure(svg, caption):
    """A picture with a sentence below; the sentence as HTML."""
    return f"<figure>{svg}<figcaption>{caption}</figcaption></figure>"


def key(kind, shape, word):
    """A mark and what it stands for, within a sentence; the word as HTML."""
    return (
        '<span class="key"><svg class="small" viewBox="-7 -7 14 14" width="14" '
        f'height="14" aria-hidden="true"><path class="{kind}" d="{SHAPES[shape]}"/>'
        f"</svg>\N{NO-BREAK SPACE}{word}</span>"
    )
