"""The evaluation as one HTML page with a folder of pictures. It shows real plates: for local eyes only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from platewise.errors import ImageError
from platewise.train.failures import Failure, Kind, failures, picture, save
from platewise.train.measures import Figures, Judged, YieldPoint, confusions, groups, measure, yield_curve

PAGE, PICTURES = "index.html", "pictures"
SHOWN = 60
"""Failures of each kind that are shown as pictures."""
CONFUSIONS = 24
WARNING = (
    "This page and its pictures show real number plates, which are personal data. "
    "Keep it on this machine, do not publish or commit it, and delete it when you are done."
)
STYLE = """
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #c62828; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 84rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.warning { border-left: 4px solid var(--bad); padding: .5rem 1rem; background: #c6282818; }
.wide { overflow-x: auto; } table { border-collapse: collapse; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
td { white-space: nowrap; } th { vertical-align: bottom; max-width: 6rem; }
th:first-child, td:first-child { text-align: left; } tbody tr:first-child { font-weight: 600; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem; }
figure { margin: 0; border: 1px solid var(--line); border-radius: 6px; overflow: hidden; }
figure img { width: 100%; display: block; } figcaption { padding: .5rem .7rem; font-size: .85rem; }
code { font-size: 1.05rem; } mark { background: none; color: var(--bad); font-weight: 700; }
small { opacity: .75; overflow-wrap: anywhere; }
svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
"""


@dataclass(frozen=True, slots=True)
class About:
    """What the report says of its own making, as name and value."""

    title: str
    facts: Mapping[str, str]


def write_report(judged: Sequence[Judged], folder: Path, about: About) -> Path:
    """Write the page and its pictures into a folder and return the page's path."""
    pictures = folder / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.jpg"):
        old.unlink()
    wrong = failures(judged)
    parts = [
        f'<p class="warning">{escape(WARNING)}</p>',
        f"<p>{' · '.join(f'{escape(k)}: {escape(v)}' for k, v in about.facts.items())}</p>",
        _summary(judged),
        _curve_section(judged),
        _times(measure(judged)),
        _confusions(judged),
        *(_failures(kind, wrong, pictures) for kind in Kind),
        _errors(judged),
    ]
    page = folder / PAGE
    page.write_text(_page(about.title, "\n".join(parts)), encoding="utf-8")
    return page


def share(value: float | None) -> str:
    """Return a share as people write it, a dash for None."""
    return "–" if value is None else f"{100 * value:.1f} %"


def rows(judged: Sequence[Judged]) -> list[tuple[str, Figures]]:
    """Return the figures of everything, then those of every group when there are several."""
    parts = {name: measure(members) for name, members in groups(judged).items()}
    return [("all", measure(judged)), *(parts.items() if len(parts) > 1 else ())]


def cells(figures: Figures) -> dict[str, str]:
    """Return the columns of the summary: heading and value."""
    half, strict = figures.detection["0.5"], figures.detection["0.7"]
    sure = figures.for_1_percent_error
    false = figures.false_plates_an_image
    return {
        "images": str(figures.images),
        "plates": str(figures.plates),
        "captured": share(figures.capture),
        "recall .5": share(half["recall"]),
        "of texts": share(half["recall_of_texts"]),
        "precision .5": share(half["precision"]),
        "recall .7": share(strict["recall"]),
        "precision .7": share(strict["precision"]),
        "texts": str(figures.texts),
        "exact": share(figures.exact),
        "O=0 I=1": share(figures.exact_folded),
        "signs": share(figures.character_accuracy),
        "yield at 1 % error": f"{share(sure.share)} ≥ {sure.confidence:.2f}" if sure else "–",
        "false an image": "–" if false is None else f"{false:.3f}",
    }


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def _table(head: Iterable[str], body: Iterable[Iterable[str]]) -> str:
    top = "".join(f"<th>{escape(h)}</th>" for h in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in body)
    return f'<div class="wide"><table><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table></div>'


def _summary(judged: Sequence[Judged]) -> str:
    named = [(name, cells(figures)) for name, figures in rows(judged)]
    return "<h2>Figures</h2>" + _table(["group", *named[0][1]], ([name, *c.values()] for name, c in named))


def _curve_section(judged: Sequence[Judged]) -> str:
    curve = yield_curve(p for j in judged for p in j.pairs if p.truth)
    if not curve:
        return ""
    errors = measure(judged).error_at_yield
    table = _table(["taken", *errors], [["wrong of them", *map(share, errors.values())]])
    return f"<h2>Yield against error</h2><p>The most confident reads first.</p>{curve_svg(curve)}{table}"


def curve_svg(curve: Sequence[YieldPoint], width: int = 640, height: int = 260) -> str:
    """Return the curve as an SVG: share of plates taken to the right, error among them upwards."""
    top = max(0.02, *(p.error for p in curve))
    left, base, right = 52, height - 36, width - 24

    def x(taken: float) -> float:
        """Return the px to the right of a share of plates."""
        return round(left + taken * (right - left), 1)

    def y(error: float) -> float:
        """Return the px from the top of an error."""
        return round(base - error / top * (base - 12), 1)

    line = " ".join(f"{x(p.share)},{y(p.error)}" for p in curve)
    marks = "".join(
        f'<text x="{x(quarter)}" y="{height - 18}" text-anchor="middle">{quarter:.0%}</text>'
        f'<text x="{left - 6}" y="{y(top * quarter)}" text-anchor="end">{top * quarter:.1%}</text>'
        for quarter in (0, 0.25, 0.5, 0.75, 1)
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="Yield and error">{marks}'
        f'<path d="M{left},12 V{base} H{right}" fill="none" stroke="currentColor" opacity=".4"/>'
        f'<polyline points="{line}" fill="none" stroke="#1769d2" stroke-width="2"/>'
        f'<text x="{(left + right) / 2}" y="{height - 3}" text-anchor="middle">plates taken</text></svg>'
    )


def _times(figures: Figures) -> str:
    if not figures.ms:
        return ""
    row = [f"{value:.1f}" for value in figures.ms.values()]
    return "<h2>Milliseconds a picture</h2>" + _table(["stage", *figures.ms], [["mean", *row]])


def _confusions(judged: Sequence[Judged]) -> str:
    found = confusions(p for j in judged for p in j.pairs)[:CONFUSIONS]
    if not found:
        return ""
    body = ([a or "(nothing)", b or "(nothing)", str(n)] for a, b, n in found)
    return "<h2>Signs most often confused</h2>" + _table(["true", "read", "times"], body)


def _failures(kind: Kind, found: Sequence[Failure], folder: Path) -> str:
    ours = [f for f in found if f.kind is kind]
    if not ours:
        return ""
    cards = "".join(_card(f, folder, f"{kind.name.lower()}-{i:03}.jpg") for i, f in enumerate(ours[:SHOWN]))
    shown = f"{len(ours)}, the first {SHOWN} shown" if len(ours) > SHOWN else str(len(ours))
    return f'<h2>{escape(kind.capitalize())}: {shown}</h2><div class="cards">{cards}</div>'


def _card(failure: Failure, folder: Path, name: str) -> str:
    try:
        save(picture(failure), folder / name)
        shown = f'<img src="{PICTURES}/{name}" alt="" loading="lazy">'
    except ImageError as error:
        shown = f"<p>{escape(str(error))}</p>"
    read = failure.read
    text = str(read.plate.text) if read and read.plate else ""
    doubt = f"{read.confidence:.0%}" if read else "no read here"
    reasons = f"<br>{escape(', '.join(read.explain))}" if read and read.explain else ""
    return (
        f"<figure>{shown}<figcaption>true <code>{escape(failure.truth or '?')}</code><br>"
        f"read <code>{_marked(failure.truth, text)}</code> {doubt}{reasons}"
        f"<br><small>{escape(f'{failure.source}/{failure.image.name}')}</small></figcaption></figure>"
    )


def _marked(truth: str | None, text: str) -> str:
    """Return the text as HTML with its wrong signs marked, when it is as long as the truth."""
    if truth is None or len(truth) != len(text):
        return escape(text) or "–"
    pairs = zip(truth, text, strict=True)
    return "".join(escape(b) if a == b else f"<mark>{escape(b)}</mark>" for a, b in pairs)


def _errors(judged: Sequence[Judged]) -> str:
    bad = [[str(j.label.image), j.error] for j in judged if j.error]
    return "<h2>Pictures that could not be read</h2>" + _table(["picture", "why"], bad) if bad else ""
