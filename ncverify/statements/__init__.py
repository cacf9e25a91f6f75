"""Statements: their types, how they are read at a point, and the registry of the paper's own."""
