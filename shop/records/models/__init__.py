"""Audit entries and their seals; files; policies and who read them; channels."""

from shop.records.models.audit import AuditEntry, Batch, Seal, Verification
from shop.records.models.channels import MINI_PROGRAM, Channel
from shop.records.models.files import StoredFile
from shop.records.models.policies import (
    Policy,
    PolicyAcceptance,
    PolicyReading,
    PolicyVersion,
)

__all__ = [
    "MINI_PROGRAM",
    "AuditEntry",
    "Batch",
    "Channel",
    "Policy",
    "PolicyAcceptance",
    "PolicyReading",
    "PolicyVersion",
    "Seal",
    "StoredFile",
    "Verification",
]
