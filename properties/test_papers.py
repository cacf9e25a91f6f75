"""The built-in papers that have no folder here: every statement at drawn points, and its verdict."""

from pathlib import Path

from ncverify.papers import find
from ncverify.papers.discovery import built_in
from properties.checks import checks

for key in built_in():
    name = key.replace("-", "_")
    if not (Path(__file__).parent / name).is_dir():
        globals()[f"test_{name}_drawn"], globals()[f"test_{name}_verdict"] = checks(find(key).claims, paper=key)
