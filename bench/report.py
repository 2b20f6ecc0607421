"""The table: figures, ratios with their spread, the target, and whether it is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from bench.rows import Aim, Row
from bench.stats import Spread, lower_bound, spread

OURS: Final = "hongyan"
_BUSY: Final = 0.9  # of one core: no time left


@dataclass
class RowResult:
    """What the rounds of one row gave: per opponent and round a result, or a dict with `failed`."""

    row: Row
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ceiling: dict[str, Any] | None = None  # of the generator, beside a server that passes chunks on
    single_ceiling: dict[str, Any] | None = None  # and beside one that writes each packet alone

    def add(self, opponent: str, result: dict[str, Any]) -> None:
        """Keep the result of one run."""
        self.runs.setdefault(opponent, []).append(result)

    def values(self, opponent: str, metric: str | None = None) -> list[float]:
        """The figures of the rounds that worked."""
        return [run[metric or self.row.metric] for run in self.runs.get(opponent, []) if "failed" not in run]

    def ratios(self) -> list[float]:
        """Ours to Mosquitto (or with others to without), round by round."""
        if self.row.aim is Aim.PAIRED:
            return self.values(OURS, "ratio")
        rounds = zip(self.runs.get(OURS, []), self.runs.get("mosquitto", []), strict=False)
        metric = self.row.metric
        return [ours[metric] / his[metric] for ours, his in rounds if "failed" not in ours and "failed" not in his]

    def judge(self) -> tuple[float, bool] | None:
        """The figure that the target speaks of, and whether it is reached; None without figures."""
        row = self.row
        figures = self.values(OURS) if row.aim is Aim.AT_MOST else self.ratios()
        if not figures:
            return None
        figure = lower_bound(figures) if row.aim is Aim.PAIRED else spread(figures).median
        return figure, figure <= row.target if row.aim is Aim.AT_MOST else figure >= row.target

    def remarks(self) -> list[str]:
        """What a reader must know: failures, losses, a generator at its end."""
        found = []
        for opponent, runs in self.runs.items():
            failures = {str(run["failed"]) for run in runs if "failed" in run}
            found += [f"{opponent}: {text}" for text in sorted(failures)]
            if lost := [run["lost"] for run in runs if run.get("lost")]:
                found.append(f"{opponent}: deliveries missing per round: {lost}")
            found += [f"{opponent}: {text}" for text in _bottlenecks(runs) + _delays(runs)]
            answers = {name: n for run in runs for name, n in run.get("answers", {}).items()}
            if answers:
                found.append(f"{opponent}: web answers of the last round {answers}")
        return found


def _median(runs: list[dict[str, Any]], key: str) -> float | None:
    values = [run[key] for run in runs if key in run]
    return spread(values).median if values else None


def _bottlenecks(runs: list[dict[str, Any]]) -> list[str]:
    """A broker that has no time left is what was measured, however busy the generator was."""
    generator, broker = _median(runs, "generator_busy"), _median(runs, "broker_busy")
    if generator is None or broker is None or broker >= _BUSY:
        return []
    why = "the generator was at its end" if generator >= _BUSY else "it waited, for its disk or a resting generator"
    return [f"may do more: {why} (busy: {broker:.2f} of a core, the generator {generator:.2f})"]


def _delays(runs: list[dict[str, Any]]) -> list[str]:
    p50, late = _median(runs, "p50_ms"), max((run.get("generator_late_ms", 0.0) for run in runs), default=0.0)
    return [] if p50 is None else [f"p50 {p50:.2f} ms; the generator sent at most {late:.1f} ms late"]


_CEILINGS: Final = ("generator's ceiling", "packet by packet")
HEAD: Final = ("work", "Hongyan", "Mosquitto", "amqtt", *_CEILINGS, "ratio", "target", "reached")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def _range(values: list[float]) -> str:
    if not values:
        return "–"
    found: Spread = spread(values)
    return f"{_figure(found.median)} ({_figure(found.low)}–{_figure(found.high)})"


def _target(row: Row) -> str:
    form = {Aim.RATIO: "≥ {}×", Aim.PAIRED: "bound ≥ {}", Aim.AT_MOST: "≤ {}"}[row.aim]
    return form.format(row.target) + (f" {row.unit}" if row.aim is Aim.AT_MOST else "")


def _line(result: RowResult) -> tuple[str, ...]:
    row, judged = result.row, result.judge()
    ratios = [] if row.aim is Aim.AT_MOST and row.metric != "p99_ms" else result.ratios()
    shown = _range(ratios)
    if row.aim is Aim.PAIRED and judged is not None:
        shown += f", bound {judged[0]:.2f}"
    return (
        f"{row.title} [{row.unit}]",
        _range(result.values(OURS)),
        _range(result.values("mosquitto")),
        _range(result.values("amqtt")),
        *(
            _figure(run[row.metric]) if run and row.metric in run else "–"
            for run in (result.ceiling, result.single_ceiling)
        ),
        shown,
        _target(row),
        "no figures" if judged is None else "yes" if judged[1] else "no",
    )


def format_table(results: list[RowResult]) -> str:
    """A Markdown table with columns of equal width, and the remarks below it."""
    lines = [HEAD, *(_line(result) for result in results)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    remarks = [f"* {result.row.name}: {remark}" for result in results for remark in result.remarks()]
    return "\n".join([*drawn, *([""] if remarks else []), *remarks])


def to_json(result: RowResult) -> dict[str, Any]:
    """Everything that was measured."""
    row, judged = result.row, result.judge()
    return {
        "row": row.name,
        "title": row.title,
        "metric": row.metric,
        "unit": row.unit,
        "aim": row.aim.value,
        "target": row.target,
        "figure": None if judged is None else judged[0],
        "reached": None if judged is None else judged[1],
        "ratios": result.ratios(),
        "ceiling": result.ceiling,
        "single_ceiling": result.single_ceiling,
        "runs": result.runs,
        "remarks": result.remarks(),
    }
