"""Every rule of the calendar has tests that bear its name, and every sentence of it that others get wrong has one."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
RULES = [f"t{number:02}" for number in range(1, 22)]

SENTENCES = [
    ("t01", "a time without an offset is refused", r"offset"),
    ("t02", "back at noon and out at noon do not collide", r"noon"),
    (
        "t03",
        "five units, three on Monday and three on Friday: two",
        r"three.*monday.*three.*friday.*two_of_five",
    ),
    ("t04", "where closures overlap the smallest wins", r"overlap.*smallest"),
    ("t04", "lowering capacity under promises deletes none", r"lower.*promises"),
    ("t04", "a block as long as the request is not ignored", r"closure_as_long_as_the_request"),
    ("t05", "what is late keeps its units", r"late.*keeps"),
    ("t05", "an early return frees the rest", r"early_return"),
    ("t06", "two hundred rivals, one wins", r"two_hundred"),
    ("t06", "staff and imports go the same way", r"staff.*import"),
    ("t07", "the lunch break", r"lunch_break"),
    ("t07", "both ends of a window belong to it", r"both_(its_)?ends"),
    ("t07", "closed days in between", r"closed_days"),
    ("t07", "exceptions by date", r"exception"),
    ("t08", "all closed days count, none, or the first n", r"all_or_none.*first_n"),
    ("t08", "the grid begins at the opening", r"grid.*window"),
    ("t08", "chains", r"chain"),
    ("t09", "working days", r"working_days"),
    ("t09", "the horizon", r"horizon"),
    ("t09", "staff may override with a reason", r"override"),
    ("t10", "in both directions", r"both_directions"),
    ("t10", "buffers cost nothing and need no opening hours", r"cost_nothing"),
    ("t11", "a closure over promises must be acknowledged", r"acknowledge"),
    ("t11", "recurring, through the change of clocks", r"recurring.*change_of_clocks"),
    ("t12", "Buss- und Bettag in Saxony only", r"buss_und_bettag.*saxony_only"),
    ("t12", "hand-over is closed, use is not", r"hand_over_and_not_use"),
    ("t13", "what does not exist is refused and shifted", r"(skip|not_exist).*(refused|shifted)"),
    ("t13", "what comes twice is the first", r"twice.*first"),
    ("t13", "weekly 18:00 stays 18:00", r"six_in_the_evening|18_00"),
    ("t14", "Friday 18:00 to Sunday 10:00", r"friday_evening_to_sunday"),
    ("t14", "from six to six through the change of clocks is one day", r"change_of_clocks_is_one_day"),
    ("t14", "the deposit stands beside the total", r"deposit"),
    ("t14", "the tariff is frozen", r"frozen"),
    ("t15", "the answer is per date", r"per_date"),
    ("t15", "what failed can be tried again", r"tried_again"),
    ("t15", "cancel one, the following, or all", r"one_the_following_or_all"),
    ("t16", "all or nothing, or best effort", r"all_or_nothing"),
    ("t16", "best effort", r"best_effort"),
    ("t17", "a hall and its halves", r"half"),
    ("t18", "audience, asked again at the confirmation", r"again_at_the_confirmation"),
    ("t18", "minimum age", r"old_enough"),
    ("t18", "quotas under a lock", r"same_time.*quota"),
    ("t18", "Zeitschutz", r"week_by_week"),
    ("t19", "early and late", r"early_or_late"),
    ("t19", "providers say why", r"says_why"),
    ("t20", "after the answer time or at its own start", r"own_start"),
    ("t20", "those that no longer fit hear of it", r"too_late|hear_too"),
    ("t21", "a turn has a clock", r"clock"),
    ("t21", "passing keeps the place once", r"place_once"),
    ("t21", "entries that do not fit are skipped", r"skipped"),
]
"""From domain.md §4, with a pattern that the name of a test has to match."""

DATES = {"2026-03-29": r"2026, 3, 29|2026-03-29", "2026-10-25": r"2026, 10, 25|2026-10-25"}


def functions(path):
    return [
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)
    ]


@pytest.fixture(scope="module")
def named():
    """The names of tests by the rule they begin with, without it."""
    found = defaultdict(list)
    for path in TESTS.rglob("test_*.py"):
        for node in functions(path):
            if told := re.fullmatch(r"test_(t\d\d)_(\w+)", node.name):
                found[told[1]].append(told[2])
    return found


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_test_of_its_name(named, rule):
    assert named[rule]


def test_there_are_no_tests_of_rules_that_nobody_knows(named):
    assert named.keys() <= set(RULES)


@pytest.mark.parametrize(
    ("rule", "sentence", "pattern"), SENTENCES, ids=lambda value: value.replace(" ", "-")
)
def test_every_sentence_that_others_get_wrong_has_one(named, rule, sentence, pattern):
    assert any(re.search(pattern, name) for name in named[rule]), f"{rule}: {sentence}"


@pytest.mark.parametrize("date", DATES)
def test_t13_both_changes_of_the_clocks_are_tried(date):
    names = [
        node.name
        for path in TESTS.rglob("test_*.py")
        if path != Path(__file__)
        for node in functions(path)
        if re.search(DATES[date], path.read_text("utf-8"))
    ]
    assert any(name.startswith("test_t13_") for name in names)
