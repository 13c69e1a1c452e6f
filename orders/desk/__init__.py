"""The service desk and the warehouse desk: from a paid order to a parcel on its way."""

from orders.desk import approvals, beginnings, buttons, queues, timeline

__all__ = ["approvals", "beginnings", "buttons", "queues", "timeline"]
