"""Training of real networks whose last layers `ncverify measure` reads; imports ncverify, never the reverse."""
