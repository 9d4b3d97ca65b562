"""What is pasted into JSON fits there, whatever a parameter's pattern admits; and SSM takes what comes of it."""

import base64
import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any

from verification.template_rules.application import Application, Resource, Stack
from verification.template_rules.checks.finding import Finding, of
from verification.template_rules.longest import shortest

_JSON = {
    "AWS::SSM::Parameter": "Value", "AWS::SecretsManager::Secret": "SecretString",
    "AWS::CloudWatch::Dashboard": "DashboardBody", "AWS::Glue::Crawler": "Configuration",
}  # fmt: skip
"""Properties that are JSON as text."""
_BAD = ('"', "\\", "\n", "{{", "}}", "é")
"""What breaks JSON in a text, or a value of SSM; the last only has to come through."""
_REFERENCE = re.compile(r"\{\{")  # SSM takes it for another parameter's name


def pasted_texts_fit(application: Application) -> Iterator[Finding]:
    """By the patterns of parameters: CloudFormation then refuses a value before it makes anything."""
    for stack in application.stacks:
        documents = [resource for resource in stack.resources.values() if _document(resource, resource.properties)]
        for name, declaration in (stack.template.get("Parameters") or {}).items():
            if declaration["Type"] == "String" and "AllowedValues" not in declaration:
                for resource in documents:
                    yield from _broken_by(stack, resource, name, declaration)


def documents_are_json(application: Application) -> Iterator[Finding]:
    for resource in application:
        text = _document(resource, resource.properties)
        if text is not None and not _is_json(text):
            yield of(resource, f"has text that is no JSON: {text[:120]}")


def _broken_by(stack: Stack, resource: Resource, name: str, declaration: dict[str, Any]) -> Iterator[Finding]:
    pattern = declaration.get("AllowedPattern", "(?s).*")
    plain = shortest(pattern)
    for bad in _BAD:
        for place in range(len(plain) + 1):
            value = plain[:place] + bad + plain[place:]
            if not re.fullmatch(pattern, value):
                continue
            scope = dataclasses.replace(stack.scope, parameters={**stack.scope.parameters, name: value})
            text = _document(resource, scope.value(resource.raw["Properties"]))
            is_refused = resource.type == "AWS::SSM::Parameter" and _REFERENCE.search(text or "")
            if text is not None and (not _is_json(text) or is_refused):
                yield of(resource, f"becomes unusable by {value!r}, which the pattern of {name} admits")
                return


def _document(resource: Resource, properties: dict[str, Any]) -> str | None:
    """The JSON that a resource has as text, also that of a view; None for others."""
    if resource.type in _JSON:
        found = properties.get(_JSON[resource.type])
        return None if found is None else str(found)
    view = (properties.get("TableInput") or {}).get("ViewOriginalText") if resource.type == "AWS::Glue::Table" else None
    encoded = re.fullmatch(r"/\* Presto View: (\S+) \*/", view or "")
    return base64.b64decode(encoded[1]).decode() if encoded else None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


CHECKS = (pasted_texts_fit, documents_are_json)
