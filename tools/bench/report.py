"""What people read of a run: the table on the terminal."""

from statistics import median

from tools.bench.budgets import BUDGETS
from tools.bench.results import Results


def table(results: Results) -> str:
    """Return the budgets table as text."""
    about = results.about
    lines = [
        f"Kittiwake {about['commit']} with {about['server']} and {about['database']}",
        f"{about['processor']}, Python {about['python']}, {about['rounds']} rounds",
        "",
        f"{'operation':<44}{'ours':>9} {'(low to high)':>19} {'budget':>8}  {'':<7}met",
    ]
    server = str(about["server"])
    for budget in BUDGETS:
        values = results.samples.get(budget.id)
        if not values:
            continue
        ours = median(values)
        spread = f"({number(min(values))} to {number(max(values))})" if len(values) > 1 else ""
        sign = "≥" if budget.is_least else "≤"
        met = "yes" if budget.is_met(ours, server) else "NO"
        limit = f"{sign} {number(budget.of(server))}"
        line = f"{budget.title:<44}{number(ours):>9} {spread:>19} {limit:>8}  {budget.unit:<7}{met}"
        if budget.id in results.database:
            line += f"  + {number(median(results.database[budget.id]))} in PostgreSQL"
        lines.append(line)
    return "\n".join(lines) + "\n"


def number(value: float) -> str:
    """Write three digits that matter."""
    if value >= 100:  # noqa: PLR2004 - three digits
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"  # noqa: PLR2004 - three digits
