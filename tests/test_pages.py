"""What the pages of `docs/` show can be pasted, and what they name is there."""

import pathlib
import re

import pytest

from genkeras import zoo
from genkeras.training import recipes

DOCS = pathlib.Path(__file__).parents[1] / "docs"


def _blocks(page):
    text = (DOCS / page).read_text()
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", ["tabular.md", "gpus.md"])
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = _blocks(page)
    found = {}
    exec(compile(block, page, "exec"), found)
    if page == "tabular.md":
        _check_customers(found)


def _check_customers(found):
    """What was drawn for golden customers of the west is like the rows of such."""
    table, drawn = found["table"], found["drawn"]
    rows = table[(table["plan"] == "gold") & (table["region"] == "west")]
    for column in ("income", "share", "visits"):
        spread = rows[column].std()
        assert abs(drawn[column].median() - rows[column].median()) < 0.5 * spread
    assert (drawn["income"] > 0).all()
    assert drawn["share"].between(0, 1).all()
    assert (drawn["visits"] >= 0).all()
    assert pathlib.Path("customers.png").exists()


def test_the_table_takes_at_most_thirty_lines():
    (block,) = _blocks("tabular.md")
    assert len([line for line in block.splitlines() if line.strip()]) <= 30


def test_the_table_of_examples_names_what_there_is():
    text = (DOCS / "from_keras_io.md").read_text()
    rows = [line for line in text.splitlines() if line.startswith("|")][2:]
    assert len(rows) >= 10
    for row in rows:
        model = re.search(r"\| `(\w+)", row)[1]
        assert hasattr(zoo, model)
        assert re.search(r"genkeras train (\w+)", row)[1] in recipes.names()
