"""Refuses what GitHub's GraphQL refuses before it runs anything: unknown fields, wrong arguments, missing paging, unused variables."""

from github_query import NOTHING, Enum, Field, QueryError, Variable, fill_in
from github_schema import SCALARS, SCHEMA, bare


class Validator:
    def __init__(self, document, operation):
        self.document, self.operation = document, operation
        self.errors, self.used = [], set()
        self.speaker = operation.name or "anonymous query"

    def variables(self, given):
        """The values of the declared variables, defaults filled in."""
        values = {}
        for name, (shape, default) in self.operation.variables.items():
            value = given.get(name, default)
            if bare(shape) not in SCALARS and bare(shape) not in SCHEMA.enums and bare(shape) not in SCHEMA.inputs:
                raise QueryError(f"{bare(shape)} isn't a defined input type (on ${name})", extensions={"code": "variableRequiresValidType"})
            if value is NOTHING and shape.endswith("!"):
                value = None
            if value is not NOTHING:
                if not self.fits(value, shape, from_json=True):
                    raise QueryError(f"Variable ${name} of type {shape} was provided invalid value",
                                     extensions={"value": value, "problems": [{"path": [], "explanation": "Expected value to fit its type"}]})
                values[name] = value
        return values

    def check(self, values):
        """Raises QueryError with every fault of the query."""
        root = f"{self.operation.kind} {self.operation.name}" if self.operation.name else self.operation.kind
        self._selections(self.operation.selections, "Query", [root])
        for name in self.operation.variables:
            if name not in self.used:
                self._complain(f"Variable ${name} is declared by {self.speaker} but not used", [root], None, "variableNotUsed")
        if not self.errors:
            self._paging(self.operation.selections, "Query", values, [])
        if self.errors:
            error = QueryError("the query is not valid")
            error.entry = self.errors
            raise error

    def _complain(self, message, path, place, code, **more):
        entry = {"path": path, "extensions": {"code": code, **more}, "message": message}
        entry["locations"] = [{"line": place[0], "column": place[1]}] if place else []
        self.errors.append(entry)

    def _selections(self, selections, type_name, path):
        seen = {}
        for node in selections:
            for _, arguments in node.directives:
                self._note_variables(arguments)
            if isinstance(node, Field):
                known = seen.setdefault(node.key, node)
                if (known.name, known.arguments) != (node.name, node.arguments):
                    self._complain(f"Field '{node.key}' has a field conflict: {known.name} or {node.name}?", path, node.place, "fieldConflict")
                self._field(node, type_name, [*path, node.key])
                continue
            spread = self.document.fragments.get(node.name) if node.name else node
            if spread is None:
                self._complain(f"Fragment {node.name} was used, but not defined", path, node.place, "useAndDefineFragment", fragmentName=node.name)
                continue
            wanted = spread.type or type_name
            if wanted not in SCHEMA.possible:
                self._complain(f"No such type {wanted}, so it can't be a fragment condition", path, node.place, "undefinedType", typeName=wanted)
            elif not SCHEMA.possible[wanted] & SCHEMA.possible[type_name]:
                self._complain(f"Fragment on {wanted} can't be spread inside {type_name}", path, node.place, "cannotSpreadFragment", typeName=wanted)
            else:
                self._selections(spread.selections, wanted, [*path, f"... on {wanted}"])

    def _field(self, node, type_name, path):
        self._note_variables(node.arguments)
        if node.name == "__typename":
            return
        found = SCHEMA.fields.get(type_name, {}).get(node.name)
        if found is None:
            self._complain(f"Field '{node.name}' doesn't exist on type '{type_name}'", path, node.place, "undefinedField",
                           typeName=type_name, fieldName=node.name)
            return
        for name, value in node.arguments.items():
            if name not in found.arguments:
                self._complain(f"Field '{node.name}' doesn't accept argument '{name}'", [*path, name], node.place, "argumentNotAccepted",
                               name=node.name, argumentName=name)
            elif not self.fits(value, found.arguments[name]):
                self._complain(f"Argument '{name}' on Field '{node.name}' has an invalid value ({value}). Expected type '{found.arguments[name]}'.",
                               [*path, name], node.place, "argumentLiteralsIncompatible", argumentName=name)
        missing = [name for name, shape in found.arguments.items() if shape.endswith("!") and name not in node.arguments]
        if missing:
            self._complain(f"Field '{node.name}' is missing required arguments: {', '.join(missing)}", path, node.place, "missingRequiredArguments",
                           arguments=", ".join(missing))
        child = bare(found.type)
        if SCHEMA.is_leaf(child) and node.selections:
            self._complain(f"Selections can't be made on scalars (field '{node.name}' returns {child} but has selections)", path, node.place,
                           "selectionMismatch", nodeName=f"field '{node.name}'", typeName=child)
        elif not SCHEMA.is_leaf(child) and not node.selections:
            self._complain(f"Field must have selections (field '{node.name}' returns {child} but has no selections. "
                           f"Did you mean '{node.name} {{ ... }}'?)", path, node.place, "selectionMismatch",
                           nodeName=f"field '{node.name}'", typeName=child)
        else:
            self._selections(node.selections, child, path)

    def _note_variables(self, value):
        if isinstance(value, Variable):
            self.used.add(str(value))
            if str(value) not in self.operation.variables:
                self._complain(f"Variable ${value} is used by {self.speaker} but not declared", [], None, "variableNotDefined",
                               variableName=str(value))
        for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            self._note_variables(item)

    def fits(self, value, shape, from_json=False):
        """Whether a value can be of a type. In a query enums are bare words, in variables they are strings."""
        if isinstance(value, Variable):
            declared = self.operation.variables.get(str(value))
            return declared is None or bare(declared[0]) == bare(shape)
        if value is None:
            return not shape.endswith("!")
        shape = shape.rstrip("!")
        if shape.startswith("["):
            return all(self.fits(item, shape[1:-1], from_json) for item in (value if isinstance(value, list) else [value]))
        if shape in SCHEMA.enums:
            return isinstance(value, str) and (from_json or isinstance(value, Enum)) and value in SCHEMA.enums[shape]
        if shape in SCHEMA.inputs:
            fields = SCHEMA.inputs[shape]
            return (isinstance(value, dict) and set(value) <= set(fields)
                    and all(self.fits(value.get(key), kind, from_json) for key, kind in fields.items()))
        plain = isinstance(value, str) and not isinstance(value, Enum)
        return {"Int": isinstance(value, int) and not isinstance(value, bool), "Boolean": isinstance(value, bool),
                "Float": isinstance(value, (int, float)), "ID": plain or isinstance(value, int)}.get(shape, plain)

    def _paging(self, selections, type_name, values, path):
        """Every connection that lists anything says how much, and never more than 100."""
        for node in selections:
            if not isinstance(node, Field):
                spread = self.document.fragments[node.name] if node.name else node
                self._paging(spread.selections, spread.type or type_name, values, path)
                continue
            found = SCHEMA.fields.get(type_name, {}).get(node.name)
            if found is None:
                continue
            child, here = bare(found.type), [*path, node.key]
            if child.endswith("Connection"):
                self._window(node, fill_in(node.arguments, values), here)
            self._paging(node.selections, child, values, here)

    def _window(self, node, arguments, path):
        sizes = [(name, arguments[name]) for name in ("first", "last") if arguments.get(name) is not None]
        lists = any(not isinstance(field, Field) or field.name in ("nodes", "edges") for field in node.selections)
        here = {"path": path, "locations": [{"line": node.place[0], "column": node.place[1]}]}
        if not sizes and lists:
            self.errors.append({"type": "MISSING_PAGINATION_BOUNDARIES", **here, "message":
                                f"You must provide a `first` or `last` value to properly paginate the `{node.name}` connection."})
        for name, size in sizes:
            if size > 100:
                self.errors.append({"type": "EXCESSIVE_PAGINATION", **here, "message":
                                    f"Requesting {size} records on the `{node.name}` connection exceeds the `{name}` limit of 100 records."})
            elif size < 0:
                self.errors.append({"type": "INVALID_PAGINATION", **here, "message":
                                    f"`{name}` on the `{node.name}` connection cannot be less than zero."})
