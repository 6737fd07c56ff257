"""What can go wrong when measuring.

EvalFault               one line or more for the person who can mend it: what, where, what to do
├── BrokenGold          a gold file, a limit or a report that can't be used
└── NotValid            the run itself says nothing: gold outdated, a recording missing
"""


class EvalFault(Exception):
    """Any error of an evaluation; each line of its text is one thing to mend."""


class BrokenGold(EvalFault):
    """A gold file, a limit or an earlier report that can't be used as it stands."""


class NotValid(EvalFault):
    """The run itself says nothing of the assistant: gold is outdated, or a recording is missing."""
