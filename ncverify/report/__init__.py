"""The ledger for people: one web page, one Markdown file, witness files, a list of errata."""
