#!/usr/bin/python3
"""No file of code over 400 lines, no function over 60.

usage: limits.py [DIRECTORY]    the project's root (default: this one); prints every violation as `file:line: rule`, exit 1 if any

C++ is read by counting braces, Python by its own parser, shell by `name() {` and the `}` that closes it.
"""

import ast
import re
import sys
from pathlib import Path

from source import line_of, project_files, strip_cpp

MAX_FILE, MAX_FUNCTION = 400, 60
CPP, SHELL = {".cc", ".h", ".c", ".cpp", ".hpp"}, {".sh"}
OTHER_CODE = {".cmake", ".css", ".html", ".js", ".mjs"}
SCOPE = re.compile(r'(?:(?:inline|export|typedef|static|template\s*<.*>|[A-Z_0-9]+)\s+)*(?:namespace|class|struct|union|enum|extern\s*")\b', re.DOTALL)
LABEL = re.compile(r"(?:public|private|protected)\s*:(?!:)")
SHELL_FUNCTION = re.compile(r"^(?P<indent>[ \t]*)(?:function\s+)?(?P<name>[\w-]+)\s*\(\)\s*[{(]\s*$")


def strip_preprocessor(code):
    """Blanks directives, and of #if ... #else ... #endif all but the first branch: both would open the same brace twice."""
    lines, skipping, depth, continued = [], None, 0, False
    for line in code.split("\n"):
        directive = re.match(r"\s*#\s*(\w+)", line)
        keep = skipping is None and not directive and not continued
        continued = (bool(directive) or continued) and line.endswith("\\")
        if directive:
            word = directive[1]
            if word in ("if", "ifdef", "ifndef"):
                depth += 1
            elif word in ("else", "elif") and skipping is None:
                skipping = depth
            elif word == "endif":
                skipping = None if skipping == depth else skipping
                depth -= 1
        lines.append(line if keep else "")
    return "\n".join(lines)


def is_function(header):
    """Whether the text before a brace at namespace or class level starts a function; tables and variables do not."""
    if "(" not in header:
        return False
    bare = re.sub(r"\boperator\s*(?:==|!=|<=>|<=|>=|[-+*/%&|^]?=)", "operator", header)
    depth = 0
    for index, char in enumerate(bare):
        depth += {"(": 1, "<": 1, ")": -1, ">": -1}.get(char, 0)
        if char == "=" and depth <= 0:
            return bool(re.search(r"\]\s*(?:\(|$)", bare[index:]))  # a lambda with a name is a function
    return True


def cpp_functions(text):
    """(line, number of lines, name) of every function at namespace or class level; what a function contains counts as part of it."""
    code = strip_preprocessor(strip_cpp(text))
    begin, depth, inside, header = None, 0, None, ""
    for match in re.finditer(r"[{};]|[^\s{};][^{};]*", code):
        token, at = match.group(), match.start()
        if inside is None and token not in "{};":
            label = max(LABEL.finditer(token), key=lambda m: m.end(), default=None)
            token, at = (token[label.end() :].lstrip(), at + label.end()) if label and begin is None else (token, at)
            if begin is None and token.strip():
                begin = code.index(token[0], at)
            header += token
        elif token == "{":
            if inside is None and SCOPE.match(header.strip()) and not re.search(r"\)\s*(?:const|noexcept)?\s*$", header):
                begin, header = None, ""
            elif inside is None:
                inside, depth = header, 1
            else:
                depth += 1
        elif token == "}" and inside is not None:
            depth -= 1
            if depth == 0:
                inside = None
                # A member initialised by braces, `: a_{1}, b_{2} {`, is not the body yet.
                if not re.match(r"\s*[,{]", code[match.end() :]):
                    if is_function(header):
                        first = line_of(code, begin)
                        name = re.search(r"([~\w:]+|operator\s*\S+)\s*\(", header)
                        yield first, line_of(code, at) - first + 1, name[1] if name else "a function"
                    begin, header = None, ""
        elif inside is None:
            begin, header = None, ""


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield first, node.end_lineno - first + 1, node.name


def shell_functions(text):
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = SHELL_FUNCTION.match(line)
        if match:
            closing = re.compile(re.escape(match["indent"]) + r"[})]")
            last = next((i for i in range(number + 1, len(lines)) if closing.match(lines[i])), len(lines) - 1)
            yield number + 1, last - number + 1, match["name"]


def language(path, text):
    """The function that finds functions in this file; None for code without them; False for what is no code."""
    first = text.split("\n", 1)[0]
    if path.suffix in CPP:
        return cpp_functions
    if path.suffix == ".py" or re.match(r"#!.*python", first):
        return python_functions
    if path.suffix in SHELL or re.match(r"#!.*\b(?:ba|da)?sh\b", first):
        return shell_functions
    return None if path.suffix in OTHER_CODE or path.name == "CMakeLists.txt" else False


def check(root):
    """All violations of the tree at root."""
    for path in project_files(root):
        data = (Path(root) / path).read_bytes()
        text = data.decode(errors="replace")
        finder = language(path, text) if b"\0" not in data else False
        if finder is False:
            continue
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines > MAX_FILE:
            yield f"{path}:{MAX_FILE + 1}: the file has {lines} lines, {MAX_FILE} are allowed"
        try:
            functions = list(finder(text)) if finder else []
        except SyntaxError as error:
            yield f"{path}:{error.lineno}: not Python: {error.msg}"
            continue
        for line, length, name in functions:
            if length > MAX_FUNCTION:
                yield f"{path}:{line}: {name} has {length} lines, {MAX_FUNCTION} are allowed"


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    violations = list(check(root))
    print("\n".join(violations) if violations else f"limits: no file over {MAX_FILE} lines, no function over {MAX_FUNCTION}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
