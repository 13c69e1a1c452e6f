"""The warehouse on paper: what to pick, what is in a parcel, what the driver takes."""

from orders.rendering.papers import hand_over_list_of, pack_values, packing_slip_of, pick_list_of

__all__ = ["hand_over_list_of", "pack_values", "packing_slip_of", "pick_list_of"]
