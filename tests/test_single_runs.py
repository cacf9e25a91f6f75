"""The appendix is made by a command: what is printed replaces what was, and nothing else of the page."""

import pytest

from tests import single_runs

TEXT = """# Appendix

Words.

## First one

<!-- not run: long -->
```sh
echo 1; exit 3
```

More words.

## Second

```sh
echo 2
```

```text
old
```

After it.

## Old

<!-- not run: needs the old commit -->
```sh
echo 3
```
"""


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_what_a_command_prints_stands_below_it_and_the_rest_is_left_alone(page):
    assert single_runs.main(["first-one", "second"], page) == 0
    below = "```sh\necho 1; exit 3\n```\n\n```text\n1\nexit code 3\n```\n"
    expected = TEXT.replace("```sh\necho 1; exit 3\n```\n", below).replace("```text\nold\n", "```text\n2\n")
    assert page.read_text(encoding="utf-8") == expected
    assert single_runs.main(["first-one", "second"], page) == 0  # once more: replaced, not added
    assert page.read_text(encoding="utf-8") == expected


def test_one_section_alone(page):
    single_runs.main(["second"], page)
    assert page.read_text(encoding="utf-8") == TEXT.replace("old\n```", "2\n```")


def test_sections_are_named_and_others_refused(page, capsys):
    assert single_runs.main([], page) == 0
    assert capsys.readouterr().out.split() == ["first-one", "second"]
    with pytest.raises(SystemExit):
        single_runs.main(["old"], page)
    assert "no such section: old; there are first-one, second" in capsys.readouterr().err


def test_a_section_that_was_changed_meanwhile_is_not_lost_in_silence(page, capsys):
    page.write_text(TEXT.replace("echo 2", f"echo 2; echo more >> {page}"), encoding="utf-8")
    assert single_runs.main(["second"], page) == 0  # something else of the page was changed
    page.write_text(TEXT.replace("echo 2", f"echo 2; sed -i s/old/other/ {page}"), encoding="utf-8")
    with pytest.raises(SystemExit):
        single_runs.main(["second"], page)
    assert "was changed while its commands ran" in capsys.readouterr().err


def test_the_real_page_has_sections():
    assert {"hostile-input", "faults", "mutation"} <= set(
        single_runs.sections(single_runs.PAGE.read_text(encoding="utf-8"))
    )
