"""Campaigns, storefront, members: how the shop speaks to its customers, and at what price."""
