"""A pasted text taken apart: Python, messages, and the prose around them."""

from __future__ import annotations

import ast
import re
import textwrap
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.importing.values import Skipped

DEEPEST_BRACKETS = 90
MOST_JOINED, FEW_JOINED = 400, 12
"""Lines that one statement may span; an open bracket in prose must not swallow a whole text."""
MOST_IN_VAIN = 20_000
"""Lines that may be joined in vain; from then on a statement spans few."""
LOOKED_AT = 400
"""Characters of a line that tell what it is."""
WIDEST = 120
ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
FENCE = re.compile(r"^\s*(```|~~~)")
PROMPT = re.compile(r"^(\s*)(?:>>> ?|\.\.\. ?|In \[\d*\]: |\s+\.\.\.: )")
MAGIC = re.compile(r"^\s*[!%]")
TRACEBACK = re.compile(r"Traceback \(most recent call last\)")
HEAD = re.compile(r"^(?:E\s+)?(?:[\w.]*\.)?\w*(?:Error|Exception|Interrupt)(?: \(note:.*\))?:\s?(?=\S|$)")
FRAME = re.compile(r'^\s*File ["\']?(?P<path>[^"\n]+?)["\']?(?:, line |:)\d+(?:, in .*)?')
CELL = re.compile(
    r"^\s*(?:<ipython-input-[^>]*>|Cell In ?\[\d*\]|Input In \[\d*\]|/tmp/ipykernel\S*|.*\.py).*(?: in |line|\()"
)
OTHER_FRAME = re.compile(r"^(?:/|~|[A-Z]:\\|File ).*(?: in |:\d+)")
NUMBERED = re.compile(r"^\s*(?P<arrow>-+> ?)?\s*(?P<number>\d+)(?P<rest>(?: .*)?)$")
LIBRARY = re.compile(
    r"site-packages|dist-packages|[\\/](?:keras|tensorflow|tf_keras)[\\/]|<frozen|<decorator|lib[\\/]python"
)
CODE_LINE = re.compile(
    r"^\s*(?:(?:from|import)\s+[\w.]+|(?:async )?(?:def|class)\s+\w+|(?:for|while|if|with|try|return)\b.*:?\s*$"
    r"|@\w|#|[\w.\[\], ()*]+?\s*[-+*/]?=(?!=)\s*\S|[\w.]+\(.*$|[)\]}])"
)
LIKE_CODE = re.compile(r"\.add\(|\b[A-Z]\w+\s*\(.*|^\s*\w[\w, ]*=\s*\S+\(")
CLAUSE = re.compile(r"^(?:else|elif|except|finally)\b")
QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "−": "-"})


@dataclass
class Parts:
    """What a text consists of.

    Attributes:
        statements: Python that was parsed, with the lines of the text.
        broken: lines that look like Python and are none.
        messages: what stands behind an error's name, in order.
        prose: everything else, and comments: a message may hide in it.
        traceback: the frames of tracebacks: they tell whose words the messages are.
        framed: the person's own statements that tracebacks show.
    """

    statements: list[ast.stmt] = field(default_factory=list[ast.stmt])
    broken: list[Skipped] = field(default_factory=list[Skipped])
    messages: list[str] = field(default_factory=list[str])
    prose: list[str] = field(default_factory=list[str])
    traceback: list[str] = field(default_factory=list[str])
    framed: list[ast.stmt] = field(default_factory=list[ast.stmt])


@dataclass(frozen=True)
class Line:
    """A line of the text.

    Attributes:
        number: from 1.
        breaks: a fence or a prompt stood in it: no message goes on here.
    """

    number: int
    text: str
    breaks: bool = False

    @property
    def start(self) -> str:
        """As much of it as tells what it is."""
        return self.text[:LOOKED_AT]


def clean(text: str) -> str:
    """Without colours, carriage returns and invisible characters; the lines stay as many."""
    text = ANSI.sub("", text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    text = text.replace("\u00a0", " ").replace("\u2028", " ").replace("\x0c", " ").expandtabs(4)
    return "".join(c for c in text if c == "\n" or unicodedata.category(c)[0] != "C")


def take_apart(text: str) -> Parts:
    """The parts of a text."""
    parts = Parts()
    lines = [_plain(Line(number, line)) for number, line in enumerate(clean(text).split("\n"), 1)]
    rest: list[Line] = []
    framed: list[Line] = []
    _take_errors(lines, parts, rest, framed)
    prose: list[str] = []
    parts.statements = _take_code(rest, parts.broken, prose)
    parts.framed = _take_code(framed, [], [])
    parts.prose = list(paragraphs("\n".join(prose)))
    return parts


def _plain(line: Line) -> Line:
    """A line without prompts, fences and a notebook's magic."""
    if FENCE.match(line.start) or MAGIC.match(line.start):
        return Line(line.number, "", breaks=True)
    found = PROMPT.match(line.start)
    return Line(line.number, found[1] + line.text[found.end() :], breaks=True) if found else line


# --- tracebacks and messages ---------------------------------------------------------------------------------------------


def _take_errors(lines: Sequence[Line], parts: Parts, rest: list[Line], framed: list[Line]) -> None:
    """Takes tracebacks and messages out."""
    place = 0
    while place < len(lines):
        line = lines[place].start
        if TRACEBACK.search(line):
            place = _take_traceback(lines, place + 1, parts, framed)
        elif HEAD.match(line):
            place = _take_message(lines, place, parts)
        else:
            rest.append(lines[place])
            place += 1


def _take_message(lines: Sequence[Line], place: int, parts: Parts) -> int:
    """A message, from the line with the error's name to where code or another error begins."""
    head = HEAD.match(lines[place].start)
    taken = [lines[place].text[head.end() :] if head else lines[place].text]
    place += 1
    while place < len(lines):
        line = lines[place].start
        if lines[place].breaks or HEAD.match(line) or TRACEBACK.search(line) or line.startswith("During handling of"):
            break
        if not taken[-1].strip() and CODE_LINE.match(line) and not line.startswith(("Arguments", "Call arg")):
            break
        taken.append(lines[place].text.removeprefix("E   "))
        place += 1
    parts.messages.append("\n".join(taken).strip())
    return place


def _take_traceback(lines: Sequence[Line], place: int, parts: Parts, framed: list[Line]) -> int:
    """The frames of a traceback, up to the message."""
    own = numbered = False
    while place < len(lines) and not HEAD.match(lines[place].start):
        line = lines[place].start
        parts.traceback.append(line)
        frame, cell, listing = FRAME.match(line), CELL.match(line), NUMBERED.match(line)
        if listing and (own or not listing["arrow"]) and (numbered or listing["arrow"] or listing["rest"]):
            numbered = True
            if own:
                framed.append(Line(lines[place].number, listing["rest"].removeprefix(" ")))
        elif frame or cell or OTHER_FRAME.match(line):
            own, numbered = not LIBRARY.search(line), False
        elif own and not numbered and line.startswith("    ") and line.strip(" ^~"):
            framed.append(Line(lines[place].number, line.strip()))
        elif line.strip() and not line.startswith((" ", "-")) and CODE_LINE.match(line):
            return place
        place += 1
    return place


# --- code --------------------------------------------------------------------------------------------------------------


def _take_code(lines: Sequence[Line], broken: list[Skipped], prose: list[str]) -> list[ast.stmt]:
    """Every statement that can be parsed; what cannot is prose, and broken where it looks like Python."""
    statements: list[ast.stmt] = []
    place = in_vain = 0
    while place < len(lines):
        line = lines[place]
        if not line.text.strip() or line.text.lstrip().startswith("#"):
            prose.append(line.text.strip().lstrip("# "))
            place += 1
            continue
        end = _end_of_statement(lines, place, MOST_JOINED if in_vain < MOST_IN_VAIN else FEW_JOINED)
        found = _parsed(lines[place:end])
        if not isinstance(found, str):
            statements += found
            place = end
            continue
        in_vain += end - place
        if CODE_LINE.match(line.start) and LIKE_CODE.search(line.start):
            broken.append(Skipped(line.number, shortened(line.text), found or "it is no complete Python"))
        prose.append(line.text)
        place += 1
    return statements


def _end_of_statement(lines: Sequence[Line], start: int, most: int) -> int:
    """Where the statement that begins at a line ends: deeper lines, open brackets and strings, `else` belong to it."""
    base = _indent(lines[start].text)
    scanner = _Scanner()
    scanner.feed(lines[start].text)
    place = start + 1
    while place < len(lines) and place - start < most:
        line = lines[place].text
        inside = scanner.open or scanner.joins or lines[place - 1].text.lstrip().startswith("@")
        deeper = _indent(line) > base
        clause = _indent(line) == base and CLAUSE.match(line.lstrip())
        if line.strip() and not (inside or deeper or clause):
            break
        scanner.feed(line)
        place += 1
    return place


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


class _Scanner:
    """Whether brackets or a string are open after some lines."""

    def __init__(self) -> None:
        self._depth = 0
        self._quote = ""
        self.joins = False

    @property
    def open(self) -> bool:
        """The statement goes on with the next line."""
        return self._depth > 0 or bool(self._quote)

    def feed(self, line: str) -> None:
        """Reads a line."""
        for token in re.finditer(r"\\.|\"\"\"|'''|[\"'#()\[\]{}]", line):
            mark = token[0]
            if self._quote:
                if mark == self._quote:
                    self._quote = ""
            elif mark == "#":
                break
            elif mark[0] in "\"'":
                self._quote = mark
            elif mark in "([{":
                self._depth += 1
            elif mark in ")]}":
                self._depth = max(self._depth - 1, 0)
        if len(self._quote) == 1:
            self._quote = ""  # a string of one line ends with it
        self.joins = line.endswith("\\")


def _parsed(lines: Sequence[Line]) -> list[ast.stmt] | str:
    """The statements of some lines, or why there are none; empty: they are no Python."""
    source = textwrap.dedent("\n".join(line.text for line in lines)).strip("\n")
    if _deepest(source) > DEEPEST_BRACKETS:
        return f"it is nested deeper than {DEEPEST_BRACKETS} brackets"
    for text in (source, source.translate(QUOTES)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what Python thinks of the text is no concern of ours
                tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        except (RecursionError, MemoryError):
            return "it is nested too deeply"
        if all(_is_prose(statement) for statement in tree.body):
            return ""
        for statement in tree.body:
            _number(statement, lines)
        return tree.body
    return ""


def _is_prose(statement: ast.stmt) -> bool:
    """A word, or a few between commas, is a sentence's rest and no statement."""
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None
    value = statement.value if isinstance(statement, ast.Expr) else None
    members = value.elts if isinstance(value, ast.Tuple) else [value]
    return value is not None and all(isinstance(member, ast.Name | ast.Constant | ast.Attribute) for member in members)


def _number(statement: ast.stmt, lines: Sequence[Line]) -> None:
    """Gives a statement the lines of the text, which may have gaps where frames were taken out."""
    for part in ast.walk(statement):
        if isinstance(part, ast.stmt | ast.expr):
            part.lineno = lines[min(part.lineno, len(lines)) - 1].number


def _deepest(source: str) -> int:
    deepest = depth = 0
    for mark in re.findall(r"[()\[\]{}]", source):
        depth = depth + 1 if mark in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def shortened(text: str) -> str:
    """The first line of a statement, shortened."""
    first = text.strip().split("\n", 1)[0].rstrip()
    return first if len(first) <= WIDEST else first[: WIDEST - 1] + "…"


def paragraphs(text: str) -> Iterator[str]:
    """The paragraphs of a text."""
    return (part.strip() for part in re.split(r"\n\s*\n", text) if part.strip())
