"""Passages in, answers out, and the doors people come through.

question → Assistant.ask → stand alone → search → quote → cite → Answer
                                              chat · HTTP · command line · evals
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa.assistant import Assistant
    from qa.errors import BadSetting, CannotServe, QaFault, UnfitQuestion
    from qa.settings import Settings
    from qa.types import Abstention, Answer, Citation, Claim, Receipt, Turn

__all__ = [
    "Abstention",
    "Answer",
    "Assistant",
    "BadSetting",
    "CannotServe",
    "Citation",
    "Claim",
    "QaFault",
    "Receipt",
    "Settings",
    "Turn",
    "UnfitQuestion",
]

_MODULES = ("qa.errors", "qa.settings", "qa.types", "qa.assistant")


def __getattr__(name: str) -> Any:
    """Imports a public name when it is first used, so that `footnote --help` needn't."""
    if name in __all__:
        for module in map(import_module, _MODULES):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module 'qa' has no attribute {name!r}")
