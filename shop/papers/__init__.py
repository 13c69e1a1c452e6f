"""Dated documents: licences, contracts, certificates; warned of before their end."""
