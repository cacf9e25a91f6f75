"""What the campaign of mutants counts and covers; the campaign itself needs mutmut and an hour."""

import ast
from collections import Counter

import pytest

from tests.mutation import campaign
from tests.mutation.campaign import exit_code, main
from tests.mutation.outcome import Outcome, changed_line, kind, overall, table
from tests.mutation.project import decorated_after, drawn, not_copied
from tests.mutation.targets import ROOT, TARGETS, mathematics, named, target_of


def test_every_module_of_the_mathematics_belongs_to_one_target():
    assert [module for module in mathematics() if len(target_of(module)) != 1] == []


def test_a_target_names_only_what_exists():
    for target in TARGETS.values():
        assert all(list(ROOT.glob(pattern)) for pattern in target.files)
        tests = [*target.tests, *(test.partition("::")[0] for test in target.deselected)]
        assert [test for test in tests if not (ROOT / test).exists()] == []


def test_a_folder_names_all_of_its_targets():
    assert list(named("model")) == ["model"]
    assert list(named("numbers/ball")) == ["numbers/ball"]
    assert set(named("flow")) == {name for name in TARGETS if name.startswith("flow/")}
    assert named("flo") == {}


def test_a_target_that_does_not_exist_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["flo"])
    assert "no such target: flo" in capsys.readouterr().err


@pytest.fixture
def slow(monkeypatch, tmp_path):
    """Targets that take five minutes each, on a clock of their own; their names as they are begun."""
    begun, clock = [], [0.0]
    names = {target: name for name, target in TARGETS.items()}

    def judged(project, sample, seed, files):
        begun.append(names[project])
        clock[0] += 300
        return [Outcome("a.py", 10, Counter(killed=10))]

    monkeypatch.setattr(campaign, "judged", judged)
    monkeypatch.setattr(campaign, "Project", lambda folder, target, processes: target)
    monkeypatch.setattr(campaign.time, "monotonic", lambda: clock[0])
    return begun


def test_a_campaign_of_ten_minutes_begins_no_target_later_and_names_those_it_left(slow, capsys):
    assert main(["--sample", "3", "--minutes", "10"]) == 0
    assert len(slow) == 2
    left = capsys.readouterr().out.partition("not begun: ")[2].partition("\n")[0].split(", ")
    assert sorted([*slow, *left]) == sorted(TARGETS)
    first = list(slow)
    assert main(["--sample", "3", "--minutes", "10", "--seed", "1"]) == 0
    assert slow[2:] != first


def test_a_campaign_without_a_limit_begins_every_target(slow):
    assert main(["--sample", "3"]) == 0
    assert slow == list(TARGETS)


def test_decorators_become_assignments_of_the_same_functions():
    one = "    @property\n    def one(self):\n        return 1\n"
    source = f"class A:\n{one}\n    @classmethod\n    def two(cls):\n        return 2\n"
    names: dict = {}
    exec(decorated_after(source), names)
    assert names["A"]().one == 1
    assert names["A"].two() == 2
    functions = [node for node in ast.walk(ast.parse(decorated_after(source))) if isinstance(node, ast.FunctionDef)]
    assert [len(function.decorator_list) for function in functions] == [0, 1]


def test_a_draw_is_of_different_mutants_and_the_same_for_the_same_seed():
    codes = {"a.py": dict.fromkeys(map(str, range(100)), None), "b.py": dict.fromkeys("xyz", None)}
    assert drawn(codes, 10, 0) == drawn(codes, 10, 0)
    assert drawn(codes, 10, 0) != drawn(codes, 10, 1)
    assert len(set(drawn(codes, 10, 0)["a.py"])) == 10
    assert sorted(drawn(codes, 10, 0)["b.py"]) == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("exit_code", "name"), [(1, "killed"), (0, "survived"), (33, "survived"), (-24, "endless"), (-9, "crashed")]
)
def test_exit_codes_have_names(exit_code: int, name: str):
    assert kind(exit_code) == name


def test_files_count_by_their_mutants_and_not_by_the_draw():
    small = Outcome("a.py", 100, Counter(killed=10))
    large = Outcome("b.py", 300, Counter(killed=5, survived=5))
    rate, low, high = overall([small, large])
    assert rate == 0.625
    # by hand: (1/4)^2 0.9 (11/12) (1/12) / 10 + (3/4)^2 (29/30) (1/2)^2 / 10 = 0.014023
    assert (low, high) == pytest.approx((0.625 - 0.2321, 0.625 + 0.2321), abs=5e-5)


def test_a_sample_without_survivors_is_not_taken_for_certain_and_a_complete_count_is():
    assert overall([Outcome("a.py", 100, Counter(killed=10))])[1] < 0.9
    assert overall([Outcome("a.py", 10, Counter(killed=10))]) == (1.0, 1.0, 1.0)


def test_the_table_counts_what_became_of_the_mutants():
    found = [Outcome("a.py", 5, Counter(killed=3, survived=2))]
    assert table(found)[2] == "| `a.py` | 5 | 5 | 3 | 0 | 0 | 0 | 2 | 60.0% |"


@pytest.mark.parametrize(
    ("counts", "code"),
    [
        ({"killed": 19, "survived": 1}, 0),
        ({"killed": 17, "survived": 3}, 1),
        ({"killed": 19, "not run": 1}, 1),
        ({"killed": 1, "survived": 1}, 1),
    ],
)
def test_too_many_survivors_and_mutants_without_a_judgement_are_a_failure(counts: dict, code: int):
    assert exit_code([Outcome("a.py", sum(counts.values()), Counter(counts))], 0.9) == code


def test_a_campaign_without_a_mutant_is_a_failure():
    assert exit_code([], 0.9) == 1


def test_a_mutant_is_recognised_by_the_line_that_it_changes():
    assert changed_line("@@ -1 +1 @@\n def f():\n-    return 1\n+    return 2\n") == ("return 1", "return 2")


def test_a_copy_leaves_out_what_runs_wrote_and_no_package():
    assert "ledger" in not_copied(str(ROOT), ["ledger", "ncverify", ".git"])
    assert not_copied(str(ROOT / "ncverify"), ["ledger", "__pycache__"]) == {"__pycache__"}
    assert not_copied(str(ROOT / "training"), ["data"]) == set()


def test_some_files_are_drawn_and_of_each_so_many_mutants():
    codes = {f"{letter}.py": dict.fromkeys((f"{letter}1", f"{letter}2", f"{letter}3")) for letter in "abcd"}
    some = drawn(codes, 2, 0, files=3)
    assert len(some) == 3
    assert all(len(names) == 2 and set(names) <= set(codes[file]) for file, names in some.items())
    assert drawn(codes, 5, 0).keys() == codes.keys()
