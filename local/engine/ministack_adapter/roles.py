"""IAM's roles, as MiniStack keeps them."""

from __future__ import annotations

from ministack.services import iam


def role_exists(name: str) -> bool:
    """Whether the account has the role."""
    return name in iam._roles
