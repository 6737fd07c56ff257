"""The words Footnote says for itself, one Markdown file each: what no document says.

A file is a front matter that describes it and names its variables, then the text, filled in by
`string.Template`; one for a model's chat has two parts, headed "## System" and "## User". Nothing
here imports anything of ours.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent
_SYSTEM, _USER = "## System\n", "## User\n"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text to fill in; `hash` changes with its words, so `name@hash` says what was used.

    `text` is one line, for people; `lines` is the same as the file breaks it, for models.
    """

    name: str
    hash: str
    description: str
    vars: tuple[str, ...]
    text: str
    lines: str = ""

    @property
    def identity(self) -> str:
        """Says which words were used: name@hash."""
        return f"{self.name}@{self.hash}"

    def chat(self, **values: object) -> tuple[str, str]:
        """The system's and the user's text, the variables of the latter filled in.

        Raises ValueError if the file has no such parts, KeyError for a variable that is missing.
        """
        if not self.lines.startswith(_SYSTEM) or _USER not in self.lines:
            raise ValueError(f"prompts/{self.name}.md has no parts for system and user")
        system, _, user = self.lines.removeprefix(_SYSTEM).partition(_USER)
        return system.strip(), Template(user.strip()).substitute(values)

    def ask(self, **values: object) -> str:
        """The text as the file breaks it, for a model; raises KeyError for a missing variable."""
        return Template(self.lines).substitute(values)

    def fill(self, **values: object) -> str:
        """The text with its variables filled in; raises KeyError for one that is missing."""
        return Template(self.text).substitute(values)


def load(name: str) -> Prompt:
    """Reads `name`.md; raises FileNotFoundError if there is no such file."""
    content = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    _, front, text = content.split("---\n", 2)
    meta = dict(line.split(":", 1) for line in front.strip().splitlines())
    return Prompt(
        name=name,
        hash=hashlib.sha256(content.encode()).hexdigest()[:12],
        description=meta["description"].strip(),
        vars=tuple(filter(None, meta["vars"].strip().split(", "))),
        text=" ".join(text.split()),
        lines=text.strip(),
    )
