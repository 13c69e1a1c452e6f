"""Audit entries and their seals; policies and who read them; channels."""

from shop.records.models.audit import AuditEntry, Batch, Seal, Verification

__all__ = ["AuditEntry", "Batch", "Seal", "Verification"]
