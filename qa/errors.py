"""What a person can do wrong when asking, setting up or serving.

QaFault                 one line for the person who can mend it: what, where, what to do
├── UnfitQuestion       blank, too long, or not text
├── Absent              a document, or a part of one, that isn't there or may not be read
├── UnfitLink           a link to an answer that isn't one, or an answer too long for one
├── BadSetting          an unknown or unusable setting
├── CannotAdd           a file that can't be added in the browser
├── CannotServe         an address that can't or mustn't be served on
├── NoModel             a language model that can't be used, or doesn't answer
│   ├── Babble          one that answers, but not with anything that can be used
│   └── Stopped         one that isn't waited for any more
├── NotKept             feedback, or a line of the audit log, that can't be written
├── Crowded             a server that has as many questions as it can answer
│   └── TooOften        somebody who has asked more often than he may
├── NotSignedIn         nobody whose name and groups can be trusted
│   └── UnknownKey      a token whose key the portal may know, who has to be asked for it
└── RecordingMissing    a call to a model that was to be replayed, and was never recorded
"""

from index.errors import IndexFault


class QaFault(Exception):
    """Any error that the asker can mend; its text is one line."""


class UnfitQuestion(QaFault):
    """A question that is blank, too long, or not text."""


class Absent(QaFault):
    """A document, or a part of one, that isn't there, or that whoever asks may not read."""


class UnfitLink(QaFault):
    """A link to an answer that isn't whole or isn't one, or an answer that no link can hold."""


class BadSetting(QaFault):
    """An unknown or unusable setting, in footnote.toml or the environment."""


class CannotAdd(QaFault):
    """A file that can't be added in the browser: its name, or what is in it."""


class CannotServe(QaFault):
    """An address that can't, or mustn't, be served on."""


class NoModel(QaFault):
    """A language model that isn't there, lacks its extra, key or address, or doesn't answer.

    `rest` is how many seconds its server asks to be left alone.
    """

    rest: float = 0.0


class NotKept(QaFault):
    """Feedback, or a line of the audit log, that can't be written."""


class Crowded(QaFault):
    """A server that has as many questions as it can answer; `seconds` says when to try again."""

    def __init__(self, text: str, seconds: int) -> None:
        super().__init__(text)
        self.seconds = seconds


class TooOften(Crowded):
    """Somebody who has asked more often than he may."""


class NotSignedIn(QaFault):
    """Nobody whose name and groups can be trusted: no token, or one that doesn't count."""


class UnknownKey(NotSignedIn):
    """A token whose key isn't known yet: the portal has to be asked, which takes time."""


class Babble(NoModel):
    """A language model that answers, but says nothing, or too much, or is cut off at its length."""


class Stopped(NoModel):
    """Whoever asked the language model doesn't want its answer any more."""


class RecordingMissing(QaFault):
    """A call to a model that was to be replayed, of which there is no recording."""


# What keeps every question from being answered, until somebody mends it.
UNAVAILABLE = (IndexFault, BadSetting, NotKept)
