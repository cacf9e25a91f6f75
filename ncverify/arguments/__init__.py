"""What public functions take, checked at the door of each package by the name and the type of the argument.

Inside the house functions are called without it. The check looks at kinds, shapes and single numbers and never at the
entries of an array, so it works inside transforms and costs about a microsecond; NaN in an array gives NaN.
"""

from ncverify.arguments.door import at_the_door as at_the_door
from ncverify.arguments.door import guarded as guarded
