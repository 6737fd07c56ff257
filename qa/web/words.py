"""Every word of the pages, in one place; what documents and answers say stands elsewhere."""

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

REPLACES = "This replaces the question and what follows it."
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
NARROWED, NARROWED_SINCE, NARROWED_UNTIL = "Asked only of {where}.", "from {day}", "to {day}"
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
    "unanswered": "No answer comes. Ask again, or load the page anew.",
    "unfitLink": "The link isn’t whole, or isn’t one of Footnote’s; copy it again from the answer.",
    "opened": "Answers opened again:",
    "replaces": REPLACES,
    "stopped": STOPPED,
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

# Around citations and what was found.
CITES, AT_PASSAGE = (
    "Citation {number}: open {title}{page} at these words",
    "Open {title} at this passage",
)
ON_PAGE = ", page {page},"
SEARCHED_ONE, SEARCHED = "Searched 1 passage.", "Searched {count:,} passages."
KNOWS, ONE_DOCUMENT, SOME_DOCUMENTS = (
    "Answers from {count}{fresh}, word for word",
    "1 document",
    "{count:,} documents",
)
NEWEST, MORE = ", the newest of {date}", " and {count:,} more"
CITATIONS = "Citations"

# The page of a document.
GO_TO_CITED, BACK_TO_CITED = "Go to the cited words", "Back to the cited words"
CHANGED_SINCE_CITED = "This document has changed since it was cited, so the words can't be marked."
TEXT_OF, THIS_DOCUMENT = "Text of the document", "This document"
PREVIOUS_PAGE, NEXT_PAGE = "Previous page", "Next page"
WHOLE, PAGE_BY_PAGE = "Whole document", "Page by page"
ORIGINAL, ALL_DOCUMENTS = "Download the original", "All documents"
PAGE_NAME, PAGES_NAME = "Page {first} of {of}", "Pages {first}–{last} of {of}"
ON_ITS_PAGE = "Page {page}"
PLACE_PAGE, PLACE_CHARACTERS, PLACE_UNDER = "page {page}", "characters {start}–{end}", "under"
NO_DOCUMENT = "There is no such document here, or not any more."
NOT_SO_LONG = "The document has only {count:,} characters."
NO_SUCH_PAGE = "The document has no text on a page of that number."
NO_ORIGINAL = "There is no original of this here, or it isn't what was indexed."
ORIGINAL_UNREADABLE = "The original can't be read just now ({why})."
WRONG = "What went wrong"

# The list of documents, and adding some.
TITLE_OR_FILE, SEARCH, LIST = "Title or file name", "Search", "List"
WITH_WORDS, LOOKED_THROUGH = " with these words", "looked through"
PAGES_OF_LIST, PAGE_OF_LIST = "Pages of the list", "Page {page} of {last}"
CHARACTERS, ONE_PAGE, SOME_PAGES = "{count:,} characters", "1 page", "{count:,} pages"
FILE_GONE, FILE_OF, FILE_NEWER = "its file is gone", "file of", ", newer than what is indexed"
READ_BY, EVERYONE, OR, AND_ALSO = "read by", "everyone", " or ", ", and "
ADD, DROP, ADDED = "Add documents", "Drop files here, or choose them:", "Added"
AT_MOST = "At most {most} MB each."
WHO_READS = "Everyone here can read them, unless a rule of access says otherwise."
FOR_ADDING = {
    "checking": "is being read",
    "waiting": "waits for another change of the index",
    "scanning": "is being looked for",
    "reading": "is being read",
    "encoding": "is being encoded",
    "indexing": "is being indexed",
    "waits": "waits",
    "sent": "is being sent",
    "begun": "is being added",
    "added": "was added",
    "refused": "wasn't added",
    "why": "it was refused",
    "lost": "the connection was lost",
    "large": "it is larger than",
    "replace": "Replace it",
    "replaces": "Replace",
}
