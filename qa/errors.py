"""What a person can do wrong when asking, setting up or serving.

QaFault                 one line for the person who can mend it: what, where, what to do
├── UnfitQuestion       blank, too long, or not text
├── BadSetting          an unknown or unusable setting
├── CannotAdd           a file that can't be added in the browser
├── CannotServe         an address that can't or mustn't be served on
├── NoModel             a language model that can't be used, or doesn't answer
└── RecordingMissing    a call to a model that was to be replayed, and was never recorded
"""

from index.errors import IndexFault


class QaFault(Exception):
    """Any error that the asker can mend; its text is one line."""


class UnfitQuestion(QaFault):
    """A question that is blank, too long, or not text."""


class BadSetting(QaFault):
    """An unknown or unusable setting, in footnote.toml or the environment."""


class CannotAdd(QaFault):
    """A file that can't be added in the browser: its name, or what is in it."""


class CannotServe(QaFault):
    """An address that can't, or mustn't, be served on."""


class NoModel(QaFault):
    """A language model that isn't there, lacks its extra, key or address, or doesn't answer."""


class RecordingMissing(QaFault):
    """A call to a model that was to be replayed, of which there is no recording."""


# What keeps every question from being answered, until somebody mends it.
UNAVAILABLE = (IndexFault, BadSetting)
