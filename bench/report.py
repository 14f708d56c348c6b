"""The table: sections of rows, three figures a row, and whether each budget is met."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Figure = float | str
NAME_WIDTH = 58
FIGURE_WIDTH = 13


@dataclass(frozen=True)
class Budget:
    """Budget of a figure: `text` as the table shows it, and whether it was kept."""

    text: str
    met: bool


@dataclass(frozen=True)
class Row:
    """One thing measured."""

    name: str
    figures: tuple[Figure, Figure, Figure]
    budget: Budget | None = None

    @property
    def missed(self) -> bool:
        """Return whether it has a budget and broke it."""
        return self.budget is not None and not self.budget.met


@dataclass(frozen=True)
class Section:
    """Rows with the same three figures."""

    title: str
    columns: tuple[str, str, str]
    rows: Sequence[Row] = field(default_factory=list)


def at_most(limit: float, figure: float, unit: str = "") -> Budget:
    """A budget on one figure."""
    return Budget(f"<= {_shown(limit)}{unit}", figure <= limit)


def at_least(limit: float, figure: float, unit: str = "") -> Budget:
    """A budget on one figure that is better the greater it is."""
    return Budget(f">= {_shown(limit)}{unit}", figure >= limit)


def both(*budgets: Budget) -> Budget:
    """Several budgets that a row must all keep."""
    return Budget(", ".join(budget.text for budget in budgets), all(budget.met for budget in budgets))


def table(sections: Iterable[Section]) -> str:
    """All of it, aligned."""
    return "\n\n".join("\n".join(_lines(section)) for section in sections)


def _lines(section: Section) -> Iterable[str]:
    yield _line(section.title, section.columns, "budget", "")
    yield "-" * len(_line("", ("", "", ""), "budget".ljust(24), "MISSED"))
    for row in section.rows:
        verdict = "" if row.budget is None else "met" if row.budget.met else "MISSED"
        yield _line(row.name, row.figures, row.budget.text if row.budget else "", verdict)


def _line(name: str, figures: Sequence[Figure], budget: str, verdict: str) -> str:
    cells = "".join(_shown(figure).rjust(FIGURE_WIDTH) for figure in figures)
    return f"{name:{NAME_WIDTH}}{cells}   {budget:24}{verdict}".rstrip()


def _shown(figure: Figure) -> str:
    if isinstance(figure, str):
        return figure
    return f"{figure:,.0f}" if figure == int(figure) else f"{figure:,.2f}"
