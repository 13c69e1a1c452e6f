"""What the shop's pages and orders cost, measured beside the server's own limit in one run."""
