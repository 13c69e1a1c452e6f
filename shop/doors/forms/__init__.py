"""Forms at the doors: written, filled in and marked by staff; answered over the API."""
