"""What commands print."""

import click


def table(rows) -> None:
    """Prints rows of cells, column under column."""
    widths = [max(len(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = (str(cell).ljust(w) for cell, w in zip(row, widths, strict=True))
        click.echo("  " + "  ".join(cells).rstrip())


def show(metrics: dict) -> None:
    """Prints metrics, one a line."""
    table([(name, number(value)) for name, value in metrics.items()])


def number(value) -> str:
    """Returns four digits of a float, all of an int."""
    return f"{value:d}" if isinstance(value, int) else f"{value:.4g}"
