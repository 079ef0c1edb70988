"""Whether a schema still keeps what an earlier one of the same message promised.

A promise is made to whoever is not deployed with us. Who writes a command has to find that what was taken is taken
still. Who reads an event or a reply has to find nothing that could not be there before. Our own services do both, since
old and new processes run side by side during an upgrade. A new optional field breaks nobody, because unknown fields are
ignored; a field that is removed breaks everybody, because it would be missed, or its sender's wish ignored in silence.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag
from typing import Any

from libs.common.codec import replies_to
from libs.contracts.message import Message

Json = dict[str, Any]

_LOWER_BOUNDS = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_UPPER_BOUNDS = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_FORMS = frozenset({"format", "pattern", "uniqueItems", "additionalProperties"})


class PromisedTo(Flag):
    """To whom the schema of a message is a promise."""

    WRITERS = 1
    READERS = 2
    BOTH = 3


def promised_to(message: type[Message], catalogue: Mapping[str, type[Message]]) -> PromisedTo:
    """Return to whom a message is a promise: commands to those who write them, events and replies to readers."""
    if replies_to(message):
        return PromisedTo.WRITERS
    is_reply = any(message in replies_to(each) for each in catalogue.values())
    return PromisedTo.READERS if is_reply or message.is_open else PromisedTo.BOTH


def find_breaches(held: Json, schema: Json, to: PromisedTo) -> list[str]:
    """List each way in which a schema breaks the promise of an earlier one, by the path of the field."""
    pair = _Pair(_Node(held, held), _Node(schema, schema))
    return [f"{where or 'the message'} {breach}" for where, breach, whom in _compare(pair, "", ()) if whom & to]


@dataclass(frozen=True)
class _Node:
    """A part of a schema, with the whole in which its references are looked up."""

    own: Json
    whole: Json

    def resolve(self) -> "_Node":
        found = self
        while "$ref" in found.own:
            name = found.own["$ref"].rpartition("/")[2]
            found = _Node(self.whole.get("$defs", {}).get(name, {}), self.whole)
        return found

    def at(self, part: Json) -> "_Node":
        return _Node(part, self.whole).resolve()

    @property
    def alternatives(self) -> "list[_Node]":
        choices = self.own.get("anyOf") or self.own.get("oneOf")
        return [self] if choices is None else [each for one in choices for each in self.at(one).alternatives]

    @property
    def kind(self) -> str:
        """Name the type of a value; of an object also which one."""
        own = self.own
        name = own.get("type") or ("enum" if {"enum", "const"} & own.keys() else "anything")
        return f"object {own.get('title', '')}" if name == "object" else str(name)

    @property
    def values(self) -> frozenset[str] | None:
        """Return the values that are allowed, as JSON; None if it is not a choice of values."""
        if "const" in self.own:
            return frozenset({json.dumps(self.own["const"])})
        return frozenset(map(json.dumps, self.own["enum"])) if "enum" in self.own else None


@dataclass(frozen=True)
class _Pair:
    old: _Node
    new: _Node


Breach = tuple[str, str, PromisedTo]
"""Where, what, and whom it breaks."""


def _compare(pair: _Pair, where: str, above: Sequence[_Pair]) -> Iterator[Breach]:
    pair = _Pair(pair.old.resolve(), pair.new.resolve())
    if pair in above:
        return
    is_named = max(map(_count_objects, (pair.old, pair.new))) > 1
    old, new = (_by_kind(each.alternatives, is_named=is_named) for each in (pair.old, pair.new))
    if len(old) == len(new) == 1:
        yield from _compare_one(_Pair(*old.values(), *new.values()), where, (*above, pair))
        return
    for kind in old.keys() - new.keys():
        yield where, f"can no longer be: {kind}", PromisedTo.WRITERS
    for kind in new.keys() - old.keys():
        yield where, f"can also be: {kind}", PromisedTo.READERS
    for kind in sorted(old.keys() & new.keys()):
        yield from _compare_one(_Pair(old[kind], new[kind]), where, (*above, pair))


def _count_objects(node: _Node) -> int:
    return sum(each.kind.startswith("object") for each in node.alternatives)


def _by_kind(alternatives: Sequence[_Node], *, is_named: bool) -> dict[str, _Node]:
    """Return the alternatives by kind. Objects are told apart by name only where there are several."""
    return {each.kind if is_named else each.kind.partition(" ")[0]: each for each in alternatives}


def _compare_one(pair: _Pair, where: str, above: Sequence[_Pair]) -> Iterator[Breach]:
    old, new = pair.old.own, pair.new.own
    if old.get("type") != new.get("type"):
        yield where, "has another type", PromisedTo.BOTH
        return
    yield from _compare_values(pair, where)
    yield from _compare_bounds(old, new, where)
    if "properties" in old or "properties" in new:
        yield from _compare_fields(pair, where, above)
    if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
        yield from _compare(_Pair(pair.old.at(old["items"]), pair.new.at(new["items"])), f"{where}[]", above)
    for number, (was, now) in enumerate(zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)):
        yield from _compare(_Pair(pair.old.at(was), pair.new.at(now)), f"{where}[{number}]", above)


def _compare_values(pair: _Pair, where: str) -> Iterator[Breach]:
    old, new = pair.old.values, pair.new.values
    if old is None and new is None:
        return
    if new is not None and (old is None or old - new):
        lost = "any other value" if old is None else ", ".join(sorted(old - new))
        yield where, f"can no longer be: {lost}", PromisedTo.WRITERS
    if old is not None and (new is None or new - old):
        added = "any other value" if new is None else ", ".join(sorted(new - old))
        yield where, f"can also be: {added}", PromisedTo.READERS


def _compare_bounds(old: Json, new: Json, where: str) -> Iterator[Breach]:
    for name in sorted((_LOWER_BOUNDS | _UPPER_BOUNDS) & (old.keys() | new.keys())):
        was, now = old.get(name), new.get(name)
        if was == now:
            continue
        is_tighter = was is None or (now is not None and (now > was) is (name in _LOWER_BOUNDS))
        whom = PromisedTo.WRITERS if is_tighter else PromisedTo.READERS
        yield where, f"has {'a tighter' if is_tighter else 'a looser'} bound: {name}", whom
    for name in sorted(_FORMS & (old.keys() | new.keys())):
        if _without_words(old.get(name)) != _without_words(new.get(name)):
            whom = PromisedTo.BOTH
            whom = PromisedTo.WRITERS if name not in old else PromisedTo.READERS if name not in new else whom
            yield where, f"has another form: {name}", whom


def _compare_fields(pair: _Pair, where: str, above: Sequence[_Pair]) -> Iterator[Breach]:
    old, new = pair.old.own.get("properties", {}), pair.new.own.get("properties", {})
    was_required = frozenset(pair.old.own.get("required", ()))
    is_required = frozenset(pair.new.own.get("required", ()))
    prefix = f"{where}." if where else ""
    for name, part in old.items():
        if name not in new:
            yield prefix + name, "was removed", PromisedTo.BOTH
        else:
            yield from _compare(_Pair(pair.old.at(part), pair.new.at(new[name])), prefix + name, above)
    for name in sorted(is_required - was_required):
        yield prefix + name, "is required now", PromisedTo.WRITERS
    for name in sorted((was_required - is_required) & new.keys()):
        yield prefix + name, "may be missing now", PromisedTo.READERS


def _without_words(form: object) -> object:
    return {key: each for key, each in form.items() if key != "title"} if isinstance(form, dict) else form
