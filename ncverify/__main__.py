"""`python -m ncverify`: the command `ncverify`."""

import sys

from ncverify.cli import main

if __name__ == "__main__":
    sys.exit(main())
