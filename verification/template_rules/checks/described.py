"""Whoever deploys is told what each parameter and output is, and sees no secret."""

from collections.abc import Iterator

from verification.template_rules.application import Application
from verification.template_rules.checks.finding import Finding


def parameters_and_outputs_are_described(application: Application) -> Iterator[Finding]:
    for stack in application.stacks:
        for section in ("Parameters", "Outputs"):
            for name, declaration in (stack.template.get(section) or {}).items():
                if not str(declaration.get("Description", "")).strip():
                    yield Finding(f"{stack.file}: {name}", f"is one of {section} without a description")


def secrets_are_not_shown(application: Application) -> Iterator[Finding]:
    """A parameter that is a secret by its name is hidden, and has no default that would lie in the template."""
    for stack in application.stacks:
        for name, declaration in (stack.template.get("Parameters") or {}).items():
            is_secret = any(word in name.lower() for word in ("password", "token", "routingkey", "apikey"))
            if "secretsmanager" in str(declaration.get("AllowedPattern", "")):
                continue  # where the secret lies is none
            shown = str(declaration.get("NoEcho", "false")).lower() != "true"
            if is_secret and (shown or declaration.get("Default")):
                yield Finding(f"{stack.file}: {name}", "is a secret by its name: NoEcho, and no default")


CHECKS = (parameters_and_outputs_are_described, secrets_are_not_shown)
