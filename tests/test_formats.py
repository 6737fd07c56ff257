"""Files of every kind: the words are the document's, in order, with headings, pages and dates."""

from __future__ import annotations

import io
import zipfile

import pytest
import samples

from index import Document, Unreadable
from index.formats import ENDINGS, document_of
from index.formats.blocks import rows


def read(content: bytes, source: str) -> Document:
    return document_of(source, content, "folder")[0]


def notes(content: bytes, source: str) -> tuple[str, ...]:
    return document_of(source, content, "folder")[1]


def paths(document: Document) -> list[tuple[str, str | None]]:
    return [(heading.text, heading.path) for heading in document.headings]


@pytest.mark.parametrize("ending", samples.SAMPLES)
def test_the_same_bytes_give_the_same_document_with_exact_offsets(ending: str) -> None:
    content = samples.SAMPLES[ending]
    document = read(content, f"a{ending}")
    assert document == read(content, f"a{ending}")
    assert "\0" not in document.text
    for heading in document.headings:
        words = document.text[heading.start : heading.end]
        assert " ".join(words.strip("#\n ").split()) == heading.text
    for page in document.pages:
        assert document.text[page.start : page.end].strip()
        assert document.page_at(page.start) == document.page_at(page.end - 1) == page.number


def test_every_ending_has_a_sample_or_a_twin() -> None:
    twins = {".htm", ".xhtml", ".markdown", ".text", ".rst", ".log", ".tsv", ".jsonl"}
    assert set(samples.SAMPLES) | twins == ENDINGS


def test_a_pdf_keeps_its_pages_and_joins_its_lines() -> None:
    document = read(samples.pdf(), "report.pdf")
    assert document.title == "Flood report"
    assert "agreed to fund the new defences along the river. It will cost" in document.text
    assert [page.number for page in document.pages] == [1, 3]
    assert document.page_at(document.text.index("third")) == 3
    assert document.page_at(document.text.index("river")) == 1
    assert notes(samples.pdf(), "report.pdf") == ("page 2 holds no text",)


def test_a_word_broken_at_the_end_of_a_pdf_line_is_whole_again() -> None:
    page = (
        "BT /F 12 Tf 72 690 Td 14 TL (The committee of the town met on Monday, in the efficient "
        "and recog-) Tj T* (nised hall, for the well known post-) Tj T* (War talks.) Tj ET"
    )
    assert "and recognised hall" in read(samples.pdf([page]), "a.pdf").text


def test_a_pdf_title_comes_from_the_file_unless_a_program_made_it_up() -> None:
    page = ["BT /F 12 Tf 72 690 Td (Words.) Tj ET"]
    assert read(samples.pdf(page, title="The flood"), "a.pdf").title == "The flood"
    assert read(samples.pdf(page, title="Microsoft Word - x.doc"), "my_file.pdf").title == "my file"


@pytest.mark.parametrize(
    ("content", "source", "reason"),
    [
        (samples.pdf(["0 0 10 10 re f", ""]), "a.pdf", "no text in it, only pictures of pages"),
        (samples.encrypted_pdf(), "a.pdf", "encrypted; save it without a password"),
        (samples.pdf()[:300], "a.pdf", "damaged PDF"),
        (samples.docx(), "a.pdf", "isn't a PDF"),
        (samples.pdf(), "a.docx", "isn't a Word document"),
        (samples.docx()[:-40], "a.docx", "damaged"),
        (samples.epub(), "a.docx", "holds something else"),
        (samples.xlsx(), "a.docx", "can't be read as a Word document"),
        (samples.docx(), "a.xlsx", "can't be read as an Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xlsx", "encrypted, or older"),
        (samples.docx(""), "a.docx", "holds no text"),
        (b"", "a.pdf", "empty"),
        (b"<p></p>", "a.html", "holds no text"),
        (b"{", "a.json", "isn't valid JSON"),
        (b"[" * 100_000, "a.json", "nested too deeply"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "a.json", "nested too deeply"),
        (b"words", "a.eml", "isn't an e-mail"),
        (b"\0\1\2", "a.csv", "isn't text"),
    ],
)
def test_what_cannot_be_read_is_refused_with_one_plain_line(
    content: bytes, source: str, reason: str
) -> None:
    with pytest.raises(Unreadable, match=reason) as refused:
        read(content, source)
    assert "\n" not in str(refused.value)


def test_a_word_document_loses_no_character_and_gains_no_marks() -> None:
    document = read(samples.docx(), "a.docx")
    assert "Costs at AT&T are 3 < 4 * 5 and bold, _says_ Ann." in document.text
    assert "Deleted" not in document.text
    assert "Name: Bob; Age: 5" in document.text
    assert paths(document) == [("Annual Report", None), ("Finance", "Finance")]
    assert document.title == "Annual Report"


def test_slides_are_pages_and_their_titles_headings() -> None:
    document = read(samples.pptx(), "a.pptx")
    assert paths(document) == [("First slide", None), ("Last slide", "Last slide")]
    assert document.page_at(document.text.index("Plans of AT&T.")) == 1
    assert document.page_at(document.text.index("Goodbye")) == 3
    assert notes(samples.pptx(), "a.pptx") == ("slide 2 holds no text",)


def test_sheets_become_statements_and_hidden_ones_are_named() -> None:
    document = read(samples.xlsx(), "staff_list.xlsx")
    assert "Name: Bob & Co; Age: 5\n\nName: Ann; Age: 7.5" in document.text
    assert paths(document) == [("People", "People"), ("Other", "Other")]
    assert document.title == "staff list"
    hidden = samples.xlsx(state="hidden")
    assert "Secret" not in read(hidden, "a.xlsx").text
    assert notes(hidden, "a.xlsx") == ("sheet 'Other' is hidden, and isn't read",)


def test_of_a_web_page_the_main_text_is_kept() -> None:
    document = read(samples.HTML, "a.html")
    assert "A bold word, a link, 3 * 4 _x_ & <tag>. Second sentence." in document.text
    assert "- One\n- Two" in document.text
    assert "Name: Bob; Town: Rome" in document.text
    assert "Last words." in document.text
    assert document.title == "Main heading"
    assert paths(document) == [("Main heading", None), ("Section", "Section")]
    assert document.date == "2021-05-06"
    for word in ("Logo", "Menu", "Cookie", "Accept", "Aside", "Foot", "hidden", "remark"):
        assert word not in document.text


def test_a_web_page_of_nothing_but_a_menu_is_kept_whole() -> None:
    assert read(b"<nav><a>Only this.</a></nav>", "a.html").text == "Only this."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_web_page_is_decoded_as_it_declares(encoding: str) -> None:
    page = f"<meta charset={encoding}><p>Le café de l’été est fermé, a déclaré le maire.</p>"
    assert read(page.encode(encoding), "a.html").text.startswith("Le café de l’été")


def test_layout_tables_flow_and_spanning_cells_name_no_column() -> None:
    layout = b"<table><tr><td><h2>Head</h2><p>Words.</p></td><td>Side</td></tr></table>"
    assert read(layout, "a.html").text == "Head\n\nWords.\n\nSide"
    spans = (
        b"<table><tr><th colspan=2>Both</th><th>Age</th></tr>"
        b"<tr><td>a</td><td>b</td><td>5</td></tr></table>"
    )
    assert read(spans, "a.html").text == "Both | Age\n\na | b | 5"


def test_what_follows_the_end_of_a_page_is_kept() -> None:
    page = b"<html><body><p>First.</p></body></html><!doctype html><html><body><p>After.</p></html>"
    assert read(page, "a.html").text == "First.\n\nAfter."
    assert read(samples.HTML * 3, "a.html").text.count("Last words.") == 3


def test_deeply_nested_pages_are_read_whole_or_refused() -> None:
    def nested(depth: int) -> bytes:
        return b"<div>" * depth + b"Deep." + b"</div>" * depth + b"<p>After.</p>"

    assert read(nested(1_000), "a.html").text == "Deep.\n\nAfter."
    with pytest.raises(Unreadable, match="nested too deeply"):
        read(nested(50_000), "a.html")


def test_an_email_has_its_subject_as_title_and_its_senders_day() -> None:
    document = read(samples.EML, "a.eml")
    assert document.title == "Café plans"
    assert document.date == "2020-03-03"
    assert "From: Ann <ann@example.org>\nTo: bob@example.org" in document.text
    assert document.text.endswith("we meet at noon. Bring the map.")
    assert notes(samples.EML, "a.eml") == ("attachments aren't read: plan.bin",)


def test_a_book_is_read_chapter_by_chapter() -> None:
    document = read(samples.epub(), "a.epub")
    assert document.title == "The Book"
    assert "Rain fell on AT&T’s old roof one." in document.text
    assert document.heading_at(document.text.index("More of two")) == "Chapter two › Part"


def test_a_book_whose_chapters_point_out_of_it_reaches_nothing() -> None:
    content = samples.epub(["one"], ["c%200.xhtml", "../../../etc/passwd", "/etc/passwd"])
    assert "root:" not in read(content, "a.epub").text
    assert "passwd" in notes(content, "a.epub")[0]


def test_entities_are_neither_fetched_nor_blown_up() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    outside = '<!ENTITY e0 SYSTEM "file:///etc/passwd">'
    for first in ('<!ENTITY e0 "boom ">', outside):
        content = samples.docx(
            **{
                "docProps/core.xml": f"<!DOCTYPE x [{first}{bomb}]><cp:x xmlns:cp='c' "
                "xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:title>&e11;</dc:title></cp:x>"
            }
        )
        assert _title_or_reason(content).count("boom") < 1_000
        assert "root:" not in _title_or_reason(content)


def _title_or_reason(content: bytes) -> str:
    try:
        return read(content, "a.docx").title
    except Unreadable as refused:
        return str(refused)


def test_names_that_climb_out_of_an_archive_are_harmless() -> None:
    content = io.BytesIO(samples.docx())
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("../../../tmp/evil.txt", "Evil words.")
        archive.writestr("/etc/evil", "Evil words.")
    assert "Evil" not in read(content.getvalue(), "a.docx").text


def test_tables_of_text_repeat_the_names_of_their_columns() -> None:
    assert read(samples.CSV, "a.csv").text == (
        "Name: Bob; Age: 5; Note: likes, commas\n\nName: Ann; Age: 7; Note: two lines"
    )
    assert read(b"a;b\n1;2\n3;4;5\n", "a.csv").text == "a: 1; b: 2\n\na: 3; b: 4; 5"
    assert read(b"Land\t2019\nPeru\t5\n", "a.tsv").text == "Land: Peru; 2019: 5"


def test_a_table_is_given_no_names_that_it_may_not_have() -> None:
    phones = [["Alice", "555-0101"], ["Bob", "555-0102"]]
    assert [block.text for block in rows(phones)] == ["Alice | 555-0101", "Bob | 555-0102"]
    towns = [["Alice", "Rome"], ["Bob", "Oslo"]]
    assert [block.text for block in rows(towns)] == ["Alice | Rome", "Bob | Oslo"]
    assert [block.text for block in rows(towns, named=True)] == ["Alice: Bob; Rome: Oslo"]


def test_json_is_told_in_statements_with_its_numbers_as_written() -> None:
    assert read(samples.JSON, "a.json").text == (
        "name: Bob; age: 5.10; tags: a, b; home.city: Rome é\n\n"
        "trips.to: Oslo; trips.ok: true\n\ntrips.to: Bonn"
    )
    assert read(b'{"a": 1, "a": 2}', "a.json").text == "a: 1; a: 2"
    assert read(b'{"a": "x"}\n{"a": "y"}\n', "a.jsonl").text == "a: x\n\na: y"


def test_what_no_text_may_hold_is_left_out() -> None:
    assert read(rb'{"a": "b\u0000c\ud800d"}', "a.json").text == "a: bc\ufffdd"
    assert "\0" not in read(b"<p>a&#0;b\0c</p>", "a.html").text
