"""How the kinds of background work come about, by subject; `stages.py` gathers them."""
