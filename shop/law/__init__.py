"""What the law lets a seller of health foods say: rules as data, and one `scan` over any text."""
