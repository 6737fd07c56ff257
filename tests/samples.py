"""Small real files of every kind, made byte by byte, so that tests say all that is in them."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_P = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    f'xmlns:r="{_OFFICE}"'
)
_S = f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{_OFFICE}"'


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """A zip whose bytes depend on its members alone."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def members(packed: bytes) -> dict[str, bytes]:
    """What is in a zip, by name."""
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def _relations(*each: tuple[str, str, str]) -> str:
    made = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in each
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{made}</Relationships>'


def _types(parts: Mapping[str, str]) -> str:
    made = "".join(
        f'<Override PartName="/{name}" ContentType="{_TYPES}.{kind}+xml"/>'
        for name, kind in parts.items()
    )
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/>{made}</Types>'
    )


WORD_BODY = """
<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>Annual Report</w:t></w:r></w:p>
<w:p><w:r><w:t xml:space="preserve">Costs at AT&amp;T are 3 &lt; 4 * 5 and </w:t></w:r>
<w:r><w:rPr><w:b/></w:rPr><w:t>bold</w:t></w:r><w:r><w:t>, _says_ Ann.</w:t></w:r>
<w:del><w:r><w:delText>Deleted words.</w:delText></w:r></w:del></w:p>
<w:p><w:pPr><w:pStyle w:val="H1"/></w:pPr><w:r><w:t>Finance</w:t></w:r></w:p>
<w:p><w:r><w:t>Revenue rose. It fell later.</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Name</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Age</w:t></w:r>
</w:p></w:tc></w:tr><w:tr><w:tc><w:p><w:r><w:t>Bob</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r>
<w:t>5</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
"""


_STYLES = (
    f'{_XML}<w:styles {_W}><w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/>'
    '</w:style><w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>'
    "</w:styles>"
)


def docx(body: str = WORD_BODY, **more: str | bytes) -> bytes:
    return archive(
        {
            "[Content_Types].xml": _types(
                {
                    "word/document.xml": "wordprocessingml.document.main",
                    "word/styles.xml": "wordprocessingml.styles",
                }
            ),
            "_rels/.rels": _relations(("r1", "officeDocument", "word/document.xml")),
            "word/_rels/document.xml.rels": _relations(("r1", "styles", "styles.xml")),
            "word/styles.xml": _STYLES,
            "word/document.xml": f"{_XML}<w:document {_W}><w:body>{body}</w:body></w:document>",
            **more,
        }
    )


def _slide(title: str, body: str) -> str:
    shape = (
        '<p:sp><p:nvSpPr><p:cNvPr id="{0}" name="s"/><p:cNvSpPr/><p:nvPr>{1}</p:nvPr></p:nvSpPr>'
        "<p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:t>{2}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    shapes = shape.format(2, '<p:ph type="title"/>', title) if title else ""
    shapes += shape.format(3, "", body) if body else ""
    return (
        f'{_XML}<p:sld {_P}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/>'
        f"<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}</p:spTree></p:cSld></p:sld>"
    )


SLIDES = (("First slide", "Plans of AT&amp;T."), ("", ""), ("Last slide", "Goodbye to all."))


def pptx(slides: Sequence[tuple[str, str]] = SLIDES) -> bytes:
    count = range(1, len(slides) + 1)
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="s{n}"/>' for n in count)
    kinds = {f"ppt/slides/slide{n}.xml": "presentationml.slide" for n in count}
    return archive(
        {
            "[Content_Types].xml": _types(
                {
                    "ppt/presentation.xml": "presentationml.presentation.main",
                    "ppt/slideLayouts/l.xml": "presentationml.slideLayout",
                    **kinds,
                }
            ),
            "_rels/.rels": _relations(("r1", "officeDocument", "ppt/presentation.xml")),
            "ppt/presentation.xml": f"{_XML}<p:presentation {_P}><p:sldIdLst>{listed}</p:sldIdLst>"
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": _relations(
                *((f"s{n}", "slide", f"slides/slide{n}.xml") for n in count)
            ),
            "ppt/slideLayouts/l.xml": f"{_XML}<p:sldLayout {_P}><p:cSld><p:spTree/></p:cSld>"
            "</p:sldLayout>",
            **{f"ppt/slides/slide{n}.xml": _slide(*slides[n - 1]) for n in count},
            **{
                f"ppt/slides/_rels/slide{n}.xml.rels": _relations(
                    ("l", "slideLayout", "../slideLayouts/l.xml")
                )
                for n in count
            },
        }
    )


SHEET = (("Name", "Age"), ("Bob &amp; Co", 5), ("Ann", 7.5))


def xlsx(
    rows: Sequence[Sequence[str | float]] = SHEET, state: str = "visible", cells: str = ""
) -> bytes:
    for number, row in enumerate(rows, start=1):
        made = "".join(
            f'<c t="inlineStr"><is><t>{cell}</t></is></c>'
            if isinstance(cell, str)
            else f"<c><v>{cell}</v></c>"
            for cell in row
        )
        cells += f'<row r="{number}">{made}</row>'
    return archive(
        {
            "[Content_Types].xml": _types(
                {
                    "xl/workbook.xml": "spreadsheetml.sheet.main",
                    "xl/worksheets/a.xml": "spreadsheetml.worksheet",
                    "xl/worksheets/b.xml": "spreadsheetml.worksheet",
                }
            ),
            "_rels/.rels": _relations(("r1", "officeDocument", "xl/workbook.xml")),
            "xl/_rels/workbook.xml.rels": _relations(
                ("a", "worksheet", "worksheets/a.xml"), ("b", "worksheet", "worksheets/b.xml")
            ),
            "xl/workbook.xml": f'{_XML}<workbook {_S}><sheets><sheet name="People" sheetId="1" '
            f'r:id="a"/><sheet name="Other" sheetId="2" state="{state}" r:id="b"/></sheets>'
            "</workbook>",
            "xl/worksheets/a.xml": f"{_XML}<worksheet {_S}><sheetData>{cells}</sheetData>"
            "</worksheet>",
            "xl/worksheets/b.xml": f'{_XML}<worksheet {_S}><sheetData><row r="1"><c t="inlineStr">'
            "<is><t>Secret total</t></is></c></row></sheetData></worksheet>",
        }
    )


CHAPTER = """<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml">
<head><title>x</title></head><body><h1>Chapter {0}</h1><p>Rain fell on AT&amp;T&#8217;s <i>old</i>
roof {0}.</p><h2>Part</h2><p>More of {0}.</p></body></html>"""


def epub(chapters: Sequence[str] = ("one", "two"), hrefs: Sequence[str] = ()) -> bytes:
    names = hrefs or [f"c%20{number}.xhtml" for number in range(len(chapters))]
    items = "".join(f'<item id="i{n}" href="{name}"/>' for n, name in enumerate(names))
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(names)))
    return archive(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:'
            'container"><rootfiles><rootfile full-path="OEBPS/a.opf"/></rootfiles></container>',
            "OEBPS/a.opf": '<package xmlns="http://www.idpf.org/2007/opf"><metadata '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Book</dc:title></metadata>'
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{
                f"OEBPS/c {number}.xhtml": CHAPTER.format(name)
                for number, name in enumerate(chapters)
            },
        }
    )


HTML = b"""<!doctype html><html><head><title>The page | A site</title>
<meta property="article:published_time" content="2021-05-06T10:00:00Z"><style>p {}</style>
<script>var hidden = 1;</script></head><body><header><a href="/">Logo words</a></header>
<nav><ul><li><a href="/a">Menu words</a></li></ul></nav>
<div id="cookie-banner">Cookie words. <button>Accept</button></div>
<article><header><h1>Main heading</h1></header><p>A <b>bold</b> word, a <a href="x">link</a>, 3 * 4
_x_ &amp; &lt;tag&gt;. Second sentence.</p><h2>Section</h2><ul><li>One</li><li>Two</li></ul>
<table><tr><th>Name</th><th>Town</th></tr><tr><td>Bob</td><td>Rome</td></tr></table>
<p>Last<!-- remark --> words.</p></article><aside>Aside words</aside><footer>Foot words</footer>
</body></html>"""

EML = b"""From: Ann <ann@example.org>
To: bob@example.org
Subject: =?utf-8?q?Caf=C3=A9_plans?=
Date: Tue, 3 Mar 2020 23:30:00 -0800
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=B

--B
Content-Type: text/plain; charset=utf-8

Hello Bob,

we meet at noon. Bring the map.

--B
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="plan.bin"

xxx
--B--
"""

CSV = b'Name,Age,Note\r\nBob,5,"likes, commas"\r\nAnn,7,"two\nlines"\r\n'
JSON = rb"""{"name": "Bob", "age": 5.10, "tags": ["a", "b"], "home": {"city": "Rome \u00e9"},
"trips": [{"to": "Oslo", "ok": true}, {"to": "Bonn", "ok": null}]}"""


PDF_PAGES = (
    "BT /F 20 Tf 72 720 Td (Flood report) Tj ET BT /F 12 Tf 72 690 Td 14 TL "
    "(The committee met in the old hall on Monday and agreed to fund the) Tj T* "
    "(new defences along the river. It will cost three million over the years.) Tj T* "
    "(It ends here.) Tj ET",
    "",
    "BT /F 12 Tf 72 700 Td (Words of the third page.) Tj ET",
)


def pdf(pages: Sequence[str] = PDF_PAGES, trailer: str = "", title: str = "") -> bytes:
    """A PDF of these pages' drawing commands, each in a compressed stream."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, page in enumerate(pages):
        packed = zlib.compress(page.encode("latin-1"))
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Resources << /Font "
            b"<< /F 3 0 R >> >> /Contents %d 0 R >>" % (5 + 2 * number),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        ]
    objects.append(f"<< /Title ({title}) >>".encode())
    return pdf_of(objects, f"{trailer} /Info {len(objects)} 0 R")


def pdf_of(objects: Sequence[bytes], trailer: str = "") -> bytes:
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return (
        made
        + (
            f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n"
            f"<< /Size {len(places) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{len(made)}\n%%EOF\n"
        ).encode()
    )


def encrypted_pdf() -> bytes:
    """One that opens with a password alone: its keys fit no empty one."""
    key = hashlib.sha256(b"no such password").hexdigest()
    return pdf(
        trailer=f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{key}> /U <{key}> >> "
        "/ID [<00> <00>]"
    )


SAMPLES: dict[str, bytes] = {
    ".pdf": pdf(),
    ".docx": docx(),
    ".pptx": pptx(),
    ".xlsx": xlsx(),
    ".epub": epub(),
    ".html": HTML,
    ".eml": EML,
    ".csv": CSV,
    ".json": JSON,
    ".md": b"---\ndate: 2024-02-29\n---\n# A title\n\nWords. More words.\n\n## Part\n\n- One\n",
    ".txt": "A headline\n\nWords of a caf\u00e9. More words.\n".encode(),
}
