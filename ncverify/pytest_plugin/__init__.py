"""The pytest plugin: `pytest my_paper.py` examines the statements of a file with a PAPER."""
