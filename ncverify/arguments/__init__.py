"""What public functions take: the rule of an argument is its annotation, `rho: Positive`, `W: Annotated[Array, "K d"]`.

A package puts the check before the functions that it exports; inside the package they are called without it. A check
looks at kinds, shapes and single numbers and never at the entries of an array, so it works inside transforms and costs
about a microsecond; NaN in an array gives NaN.
"""

from ncverify.arguments.check import check_package as check_package
from ncverify.arguments.check import checked as checked
from ncverify.arguments.check import roles_of as roles_of
from ncverify.arguments.check import rule_of as rule_of
from ncverify.arguments.check import rules_of as rules_of
from ncverify.arguments.rules import Allowance as Allowance
from ncverify.arguments.rules import Array as Array
from ncverify.arguments.rules import AtLeast as AtLeast
from ncverify.arguments.rules import Classes as Classes
from ncverify.arguments.rules import Classifier as Classifier
from ncverify.arguments.rules import Count as Count
from ncverify.arguments.rules import Extended as Extended
from ncverify.arguments.rules import Features as Features
from ncverify.arguments.rules import Index as Index
from ncverify.arguments.rules import InFunction as InFunction
from ncverify.arguments.rules import Interval as Interval
from ncverify.arguments.rules import Labels as Labels
from ncverify.arguments.rules import Logits as Logits
from ncverify.arguments.rules import Namespace as Namespace
from ncverify.arguments.rules import NotNegative as NotNegative
from ncverify.arguments.rules import NotNegativeScalar as NotNegativeScalar
from ncverify.arguments.rules import Pair as Pair
from ncverify.arguments.rules import PerClass as PerClass
from ncverify.arguments.rules import Positive as Positive
from ncverify.arguments.rules import PositiveScalar as PositiveScalar
from ncverify.arguments.rules import Real as Real
from ncverify.arguments.rules import Rotation as Rotation
from ncverify.arguments.rules import Samples as Samples
from ncverify.arguments.rules import Scalar as Scalar
from ncverify.arguments.rules import Seed as Seed
from ncverify.arguments.rules import Share as Share
from ncverify.arguments.rules import Workers as Workers
