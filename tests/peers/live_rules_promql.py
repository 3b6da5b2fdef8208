"""As much of PromQL as it takes to see what an expression is made of, in the form in which Prometheus itself prints it."""

import re

STRING = r'"(?:[^"\\]|\\.)*"'
WORD = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
# A string alone, or a word with its matchers and with the bracket that would make it a function.
PIECE = re.compile(rf'{STRING}|(?<![\w:]){WORD}(?P<matchers>\{{(?:[^"}}]|{STRING})*\}})?(?P<call>\s*\()?')
MATCHER = re.compile(rf"({WORD})\s*(=~|!~|!=|=)\s*({STRING})")
REPLACE = re.compile(rf"label_replace\(.*?, ({STRING}), {STRING}, ({STRING}), {STRING}\)")
OPERATORS = {"and", "or", "unless", "offset", "bool"}


def branches(expression):
    """The sides of the outermost `or`: each must be able to answer by itself."""
    depth, start, found = 0, 0, []
    for match in re.finditer(rf"{STRING}|[()]| or ", expression):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] == " or " and depth == 0:
            found.append(expression[start:match.start()])
            start = match.end()
    return [*found, expression[start:]]


def selectors(expression):
    """[(metric, matchers), ...]: matchers are (label, operator, quoted value)."""
    found = []
    for match in PIECE.finditer(GROUPING.sub(" ", expression)):
        name = match[0].partition("{")[0]
        if match[0][0] != '"' and not match["call"] and name not in OPERATORS:
            found.append((name, tuple(MATCHER.findall(match["matchers"] or ""))))
    return sorted(set(found))


def grouping_labels(expression):
    """Labels that the expression groups, matches or copies by, without those that it makes itself."""
    asked = {label.strip() for labels in GROUPING.findall(expression) for label in labels.split(",")}
    made, sources = set(), set()
    for target, source in REPLACE.findall(expression):
        made.add(target.strip('"'))
        sources.add(source.strip('"'))
    return (asked - made | sources) - {""}


def shown(metric, matchers):
    return metric + ("{" + ",".join(map("".join, matchers)) + "}" if matchers else "")


def questions(rule, threshold=None):
    """{question: what it is} of a rule; each has to return data. threshold: (what is replaced in the expression, by what)."""
    expression, asked = rule["query"], {}
    for branch in branches(re.sub(*threshold, expression) if threshold else expression):
        asked[branch] = "expression"
        if " unless " in branch:  # what it leaves out must be there, too, and under labels that fit
            asked[branch.replace(" unless ", " and ")] = "exception"
    metrics = set()
    for metric, matchers in selectors(expression):
        metrics.add(metric)
        asked.setdefault(shown(metric, matchers), "selector")
        for label, _, _ in matchers:
            asked.setdefault(f'{metric}{{{label}!=""}}', "label")
    for label in grouping_labels(expression):
        asked[f'{{__name__=~"{"|".join(sorted(metrics))}",{label}!=""}}'] = "label"
    return asked
