"""The library's tables."""

from __future__ import annotations

SCHEMA_VERSION = 2

# Takes back what a build left unfinished; for inside a transaction.
UNDO = """
UPDATE documents SET died = NULL;
DELETE FROM documents WHERE born > coalesce(
    (SELECT CAST(value AS INTEGER) FROM state WHERE name = 'generation'), 0);
DELETE FROM state WHERE name = 'unfinished';
"""

# Full text holds exactly what the current generation holds: rows enter and leave it in the
# transaction that publishes, so an unfinished build can't change how rare a word is.
# Vectors are apart from their sentences' vectors, so that comparing with all reads little else.
# `viewed` are the chunks whose vectors the view holds.
# `refused` are files that could not be read: a bomb costs its time once, and not every time.
# Long columns come last in a row: what stands before them is read without them.
SCHEMA = """
CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE paths (path TEXT PRIMARY KEY, label TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE refused (
    label TEXT NOT NULL, source TEXT NOT NULL, file_sha256 TEXT NOT NULL, rules TEXT NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (label, source)) STRICT, WITHOUT ROWID;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY AUTOINCREMENT, born INTEGER NOT NULL, died INTEGER,
    document TEXT NOT NULL, label TEXT NOT NULL, source TEXT NOT NULL, title TEXT NOT NULL,
    date TEXT, file_sha256 TEXT NOT NULL, sha256 TEXT NOT NULL, checksum INTEGER NOT NULL,
    titled INTEGER NOT NULL, notes TEXT NOT NULL, headings TEXT NOT NULL, pages TEXT NOT NULL,
    text TEXT NOT NULL) STRICT;
CREATE INDEX documents_by_document ON documents (document);
CREATE INDEX documents_by_birth ON documents (born);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, sha256 TEXT NOT NULL,
    checksum INTEGER NOT NULL, sentences TEXT NOT NULL, context TEXT NOT NULL,
    about TEXT NOT NULL, grams TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX chunks_by_document ON chunks (document);
CREATE INDEX chunks_by_text ON chunks (sha256);
CREATE TABLE vectors (
    id INTEGER PRIMARY KEY, sha256 TEXT NOT NULL, encoder TEXT NOT NULL, checksum INTEGER NOT NULL,
    vector BLOB NOT NULL, UNIQUE (sha256, encoder)) STRICT;
CREATE TABLE sentence_vectors (
    id INTEGER PRIMARY KEY REFERENCES vectors (id) ON DELETE CASCADE, checksum INTEGER NOT NULL,
    vectors BLOB NOT NULL) STRICT;
CREATE TABLE viewed (id INTEGER PRIMARY KEY) STRICT;
CREATE VIRTUAL TABLE words USING fts5 (
    text, about, grams, content='chunks', content_rowid='id',
    tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'");
INSERT INTO words (words, rank) VALUES ('rank', 'bm25(1.0, 0.5, 1.0)');
"""
