"""Figures of the shop: each defined once, computed the same for page, mail and appraisal."""
