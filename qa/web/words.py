"""Every word of the chat page, in one place; what documents and models say stands elsewhere."""

from __future__ import annotations

TITLE = "Footnote"
YOUR_QUESTION = "Your question"
PLACEHOLDER = "Ask the documents…"
ASK, STOP = "Ask", "Stop"
WELCOME = (
    "Ask something. Each sentence of the answer shows you the words it rests on; when the "
    "documents don’t say, you will be told so."
)
TRY = "You could ask"
NEXT = "Ask next"
INSTEAD = "What these documents do answer"
CONVERSATION = "Conversation"
YOU_ASKED = "You asked: "

SEARCHING = "Searching"
STOPPED = "Stopped. Nothing was answered."

ACCORDING = "According to"
AND = " and "
THE_MODEL = "the language model"
DIFFER = "The documents differ"
SUPPORTED, PARTLY, UNSUPPORTED = "supported", "partly supported", "not supported"
NEAREST = "The nearest passages"
OPEN = "Open"

EDIT, AGAIN, COPY, LINK = "Edit", "Ask again", "Copy", "Link"
HELPFUL, NOT_HELPFUL = "Helpful", "Not helpful"
HOW = "How this answer was made"
MODEL, PROMPT, READ, TOOK, INDEX = "Answered by", "Prompt", "Read", "Took", "Index"
QUOTING = "quoting, without a language model"
FROM_LINK = "a link, looked up again"

CHANGED = {
    "moved": "These words have moved within the document since; they are cited where they are now.",
    "changed": "The document has changed since: these words don’t stand in it any more.",
    "gone": "A document that was cited isn’t here any more, or you may not read it.",
}
CHANGED_SINCE = "What has changed since this was answered"
# What a link says may be made up: it is never said to have stood in a document.
WAS, IS = "The link says", "The document says now"

DOCUMENTS = "Documents"
NO_SOURCE = (
    "Choose a numbered mark in an answer: the document opens here, at the words it rests on."
)
SOURCE, SOURCE_FRAME = "Source", "The document an answer rests on"
BACK, PREVIOUS, FOLLOWING = "Back to the answer", "Previous citation", "Next citation"

SCOPE, EVERYTHING = "Search in", "all documents"
PLACE, SINCE, UNTIL, CLEAR = "Folder or document", "From", "To", "Search in all"
NEW, SAVE = "New conversation", "Save as Markdown"

# For the page's script, by the names that it uses.
FOR_SCRIPT = {
    "searching": "Searching",
    "answered": "Answer:",
    "declined": "No answer:",
    "copied": "Copied, with footnotes",
    "linked": "Link copied",
    "notCopied": "Your browser didn’t allow it: select and copy",
    "thanks": "Thank you, that is kept",
    "notKept": "That couldn’t be kept",
    "lost": "The connection is lost. Your question is asked again as soon as it is back.",
    "conversation": CONVERSATION,
    "of": "of",
    "file": "conversation.md",
    "everything": EVERYTHING,
}
# The form that asks what was wrong with an answer: the reasons as feedback.jsonl has them.
WHAT_WAS_WRONG = "What was wrong?"
REASONS = {
    "wrong": "It is wrong",
    "incomplete": "Something is missing",
    "not what I asked": "It isn’t what I asked",
    "should have answered": "The documents do answer this",
    "other": "Something else",
}
RIGHT_ANSWER = "What would be right? (optional)"
SEND, CANCEL = "Send", "Cancel"
