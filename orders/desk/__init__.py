"""The service desk and the warehouse desk: from a paid order to a parcel on its way."""

from orders.desk import buttons, queues, timeline

__all__ = ["buttons", "queues", "timeline"]
