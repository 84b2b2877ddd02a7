"""The database and the code tell the same rules."""

import importlib

from posting.states import edges


def test_the_trigger_knows_exactly_the_edges_of_the_code():
    guards = importlib.import_module("posting.dispatch.migrations.0002_guards").GUARDS
    listed = {
        tuple(line.strip(" ',").split(">"))
        for line in guards.splitlines()
        if line.strip().startswith("'") and ">" in line
    }
    assert listed == set(edges())
