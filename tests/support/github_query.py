"""The GraphQL query language, read into a tree: operations, fields with aliases and arguments, fragments, variables, directives."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(r'''[\s,\ufeff]+|\#[^\n]*|(?P<block>"""(?:[^"\\]|\\.|"(?!""))*""")|(?P<string>"(?:[^"\\\n]|\\.)*")'''
                   r'''|(?P<spread>\.\.\.)|(?P<punct>[!$()\[\]{}:=@|&])|(?P<float>-?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+))'''
                   r'''|(?P<int>-?\d+)|(?P<name>[_A-Za-z]\w*)''')


class QueryError(Exception):
    """A query GitHub would not run. `entry` is the error as it goes into `errors`."""

    def __init__(self, message, place=None, **more):
        super().__init__(message)
        self.entry = {**more, "message": message}
        if place:
            self.entry["locations"] = [{"line": place[0], "column": place[1]}]


class Variable(str):
    """The name of a variable, standing where its value will be."""


class Enum(str):
    """A bare word."""


@dataclass
class Field:
    name: str
    alias: str
    arguments: dict
    directives: list
    selections: list
    place: tuple

    @property
    def key(self):
        return self.alias or self.name


@dataclass
class Spread:
    """`...Name` (name), or `... on Type { }` (type and selections)."""

    name: str
    type: str
    directives: list
    selections: list
    place: tuple


@dataclass
class Operation:
    kind: str
    name: str
    variables: dict  # name -> (type text, default)
    selections: list


@dataclass
class Document:
    operations: list = field(default_factory=list)
    fragments: dict = field(default_factory=dict)  # name -> Spread


NOTHING = object()


class Parser:
    def __init__(self, text):
        self.tokens, self.at = [], 0
        position, line, begin = 0, 1, 0
        while position < len(text):
            matched = TOKEN.match(text, position)
            if matched is None:
                raise QueryError(f"Parse error on \"{text[position]}\" (error) at [{line}, {position - begin + 1}]", (line, position - begin + 1))
            if matched.lastgroup:
                self.tokens.append((matched.lastgroup, matched.group(), (line, position - begin + 1)))
            breaks = matched.group().count("\n")
            if breaks:
                line += breaks
                begin = position + matched.group().rindex("\n") + 1
            position = matched.end()
        self.tokens.append(("end", "", (line, position - begin + 1)))

    def peek(self, *texts):
        return self.tokens[self.at][1] in texts and self.tokens[self.at][0] != "string"

    def take(self, text=None, kind=None):
        found, value, place = self.tokens[self.at]
        if (text is not None and value != text) or (kind is not None and found != kind):
            what = f'"{value}"' if value else "end of file"
            raise QueryError(f"Parse error on {what}: expected {text or kind} at [{place[0]}, {place[1]}]", place)
        self.at += 1
        return value

    def accept(self, text):
        if self.peek(text):
            self.at += 1
            return True
        return False

    def document(self):
        page = Document()
        while self.tokens[self.at][0] != "end":
            if self.peek("{"):
                page.operations.append(Operation("query", None, {}, self.selections()))
            elif self.peek("fragment"):
                place = self.tokens[self.at][2]
                self.take("fragment")
                name = self.take(kind="name")
                self.take("on")
                kind = self.take(kind="name")
                page.fragments[name] = Spread(name, kind, self.directives(), self.selections(), place)
            else:
                page.operations.append(self.operation())
        if not page.operations:
            raise QueryError("No operations were found in the query.")
        return page

    def operation(self):
        kind = self.take(kind="name")
        if kind not in ("query", "mutation", "subscription"):
            raise QueryError(f'Parse error on "{kind}"', self.tokens[self.at - 1][2])
        name = self.take(kind="name") if self.tokens[self.at][0] == "name" else None
        variables = {}
        if self.accept("("):
            while not self.accept(")"):
                self.take("$")
                variable = self.take(kind="name")
                self.take(":")
                shape = self.type_text()
                variables[variable] = (shape, self.value() if self.accept("=") else NOTHING)
        self.directives()
        return Operation(kind, name, variables, self.selections())

    def type_text(self):
        if self.accept("["):
            text = f"[{self.type_text()}]"
            self.take("]")
        else:
            text = self.take(kind="name")
        return text + "!" if self.accept("!") else text

    def directives(self):
        found = []
        while self.accept("@"):
            found.append((self.take(kind="name"), self.arguments()))
        return found

    def arguments(self):
        found = {}
        if self.accept("("):
            while not self.accept(")"):
                name = self.take(kind="name")
                self.take(":")
                found[name] = self.value()
        return found

    def selections(self):
        found = []
        self.take("{")
        while not self.accept("}"):
            place = self.tokens[self.at][2]
            if self.accept("..."):
                found.append(self.spread(place))
                continue
            name, alias = self.take(kind="name"), None
            if self.accept(":"):
                alias, name = name, self.take(kind="name")
            arguments, directives = self.arguments(), self.directives()
            found.append(Field(name, alias, arguments, directives, self.selections() if self.peek("{") else [], place))
        return found

    def spread(self, place):
        if self.tokens[self.at][0] == "name" and not self.peek("on"):
            return Spread(self.take(kind="name"), None, self.directives(), [], place)
        kind = self.take(kind="name") if self.accept("on") else None
        return Spread(None, kind, self.directives(), self.selections(), place)

    def value(self):
        kind, text, place = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            escapes = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
            return re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", lambda m: chr(int(m[1], 16)) if m[1] else escapes.get(m[2], m[2]), text[1:-1])
        if kind == "block":
            return text[3:-3].replace('\\"""', '"""').strip()
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
        if kind == "name":
            return {"true": True, "false": False, "null": None}.get(text, Enum(text))
        if text == "$":
            return Variable(self.take(kind="name"))
        if text == "[":
            rows = []
            while not self.accept("]"):
                rows.append(self.value())
            return rows
        if text == "{":
            fields = {}
            while not self.accept("}"):
                name = self.take(kind="name")
                self.take(":")
                fields[name] = self.value()
            return fields
        raise QueryError(f'Parse error on "{text}"' if text else "Unexpected end of document", place)


def parse(text):
    return Parser(text).document()


def fill_in(value, variables):
    """A value with every variable replaced; a variable that was not given is NOTHING."""
    if isinstance(value, Variable):
        return variables.get(str(value), NOTHING)
    if isinstance(value, list):
        return [item for item in (fill_in(item, variables) for item in value) if item is not NOTHING]
    if isinstance(value, dict):
        filled = {key: fill_in(item, variables) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item is not NOTHING}
    return value
