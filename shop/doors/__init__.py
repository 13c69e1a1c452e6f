"""How work enters the house: the customers' API, the staff's desks, the health pages."""
