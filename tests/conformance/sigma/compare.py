"""Compares rules of Sigma as Blocksieve has read them with what pySigma makes of the same files.

In: a file of JSON lines, each `{"file": PATH, "documents": [...]}` as tests/sigma/pysigma.rs writes them. Out: a JSON line for every
difference, `{"file", "at", "ours", "theirs"}`, and at the end `{"files", "documents", "values"}`: how much was compared. Never here: a
judgement of who is right.
"""

import json
import sys

import yaml
from sigma.collection import SigmaCollection
from sigma.conditions import ConditionAND, ConditionIdentifier, ConditionNOT, ConditionOR, ConditionSelector
from sigma.correlations import SigmaCorrelationCondition, SigmaCorrelationRule
from sigma.filters import SigmaFilter
from sigma.modifiers import modifier_mapping
from sigma.rule import SigmaRule
from sigma.rule.base import SigmaYAMLLoader
from sigma.rule.detection import SigmaDetectionItem
from sigma.types import Placeholder, SigmaBool, SigmaNull, SigmaNumber, SigmaString, SpecialChars

SHORT = {"ignorecase": "i", "multiline": "m", "dotall": "s"}
WORDS = {modifier: SHORT.get(word, word) for word, modifier in modifier_mapping.items()}
values = 0


def value_of(value):
    global values
    values += 1
    if isinstance(value, SigmaString):
        parts = []
        for part in value.s:
            if isinstance(part, SpecialChars):
                parts.append("*" if part is SpecialChars.WILDCARD_MULTI else "?")
                continue
            # `expand` has put placeholders into the value as it was written.
            part = f"%{part.name}%" if isinstance(part, Placeholder) else part
            if parts and parts[-1].startswith("="):
                parts[-1] += part
            elif part != "":
                parts.append(f"={part}")
        return {"text": parts}
    if isinstance(value, SigmaBool):
        return {"bool": value.boolean}
    if isinstance(value, SigmaNull):
        return {"null": True}
    assert isinstance(value, SigmaNumber), value
    return {"number": value.number}


def detection(of):
    if isinstance(of, SigmaDetectionItem):
        return {
            "field": of.field,
            "modifiers": [WORDS[modifier] for modifier in of.modifiers],
            "values": [value_of(value) for value in of.original_value],
        }
    members = [detection(item) for item in of.detection_items]
    if len(members) == 1:
        return members[0]
    return {"all" if of.item_linking is ConditionAND else "any": members}


def condition(tree, detections):
    def all_of(members):
        return [condition(member, detections) for member in members]

    if isinstance(tree, ConditionSelector):
        pattern = "*" if tree.pattern == "them" else tree.pattern
        chosen = [found.identifier for found in tree.resolve_referenced_detections(detections)]
        return {"all_of" if tree.cond_class is ConditionAND else "one_of": pattern, "chosen": chosen}
    if isinstance(tree, ConditionIdentifier):
        return {"named": tree.identifier}
    if isinstance(tree, ConditionNOT):
        return {"not": condition(tree.args[0], detections)}
    assert isinstance(tree, (ConditionAND, ConditionOR)), tree
    return {"and" if isinstance(tree, ConditionAND) else "or": all_of(tree.args)}


def detections(of):
    for one in of.parsed_condition:
        one.parse(True)  # what is named has to be there
    return {
        "detections": [[name, detection(named)] for name, named in of.detections.items()],
        "conditions": [condition(one.parse(False), of) for one in of.parsed_condition],
    }


def text(value):
    return None if value is None else str(value).strip()


def document(of):
    told = {
        "title": text(of.title),
        "id": text(of.id),
        "name": text(of.name),
        "status": text(of.status),
        "level": text(of.level),
        "description": text(of.description) or None,
        "author": text(of.author),
        "references": [text(one) for one in of.references or []],
        "tags": [str(tag) for tag in of.tags],
    }
    if isinstance(of, SigmaCorrelationRule):
        asks = of.condition
        fields, enough = [], "in words"
        if isinstance(asks, SigmaCorrelationCondition):
            fields = asks.fieldref or []
            # More than so many are at least one more.
            at_least = {"GTE": asks.count, "EQ": asks.count, "GT": asks.count + 1}
            enough = at_least.get(asks.op.name, f"{asks.op.name} {asks.count}")
        told["correlation"] = {
            "type": str(of.type),
            "rules": [rule.reference for rule in of.rules],
            "group_by": of.group_by or [],
            "seconds": of.timespan.seconds,
            "enough": enough,
            "fields": fields if isinstance(fields, list) else [fields],
            "aliases": [[alias.alias, [[rule.reference, field] for rule, field in alias.mapping.items()]] for alias in of.aliases],
            "generate": of.generate,
        }
        return told
    source = of.logsource
    told["logsource"] = [text(source.product), text(source.category), text(source.service)]
    if isinstance(of, SigmaFilter):
        rules = of.filter.rules
        told["filter"] = None if rules == "any" else [rule.reference for rule in rules]
        return told | detections(of.filter)
    assert isinstance(of, SigmaRule), of
    return told | detections(of.detection)


def theirs(path):
    """Documents without faults: rules and correlations first, then filters; and what is said of the others."""
    with open(path, encoding="utf-8") as file:
        written = file.read()
    said, told = [], []
    try:
        parsed = list(yaml.load_all(written, SigmaYAMLLoader))
        read = SigmaCollection.from_dicts(parsed, collect_errors=True, collect_filters=True, resolve_references=False)
    except Exception as error:
        return [], [f"{type(error).__name__}: {error}"]
    said += [str(error) for error in read.errors]
    for of in [*read.rules, *read.filters]:
        if of.errors:
            continue
        try:
            told.append(document(of))
        except Exception as error:
            said.append(f"{type(error).__name__}: {error}")
    return told, said


def differences(ours, theirs, at):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(key), theirs.get(key), f"{at}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (own, other) in enumerate(zip(ours, theirs)):
            yield from differences(own, other, f"{at}[{index}]")
    elif ours != theirs or isinstance(ours, bool) != isinstance(theirs, bool):
        yield at, ours, theirs


def main():
    files = documents = 0
    with open(sys.argv[1], encoding="utf-8") as lines:
        for line in lines:
            ours = json.loads(line)
            told, said = theirs(ours["file"])
            files += 1
            documents += len(told)
            own = ours["documents"]
            if len(own) != len(told):
                found = [("documents", [one["title"] for one in own], [one["title"] for one in told] + said)]
            else:
                found = differences(own, told, "")
            for at, own, other in found:
                print(json.dumps({"file": ours["file"], "at": at, "ours": own, "theirs": other}))
    print(json.dumps({"files": files, "documents": documents, "values": values}))


main()
