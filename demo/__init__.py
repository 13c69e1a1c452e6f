"""The demo shop: its goods, its people, its last fourteen days, and shoppers who keep coming."""
