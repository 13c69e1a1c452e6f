"""Scored forms: one engine for exams, audits, samples and questionnaires."""
