"""Double entry, pure and small: vouchers that balance or do not exist, and the permitted accounts."""
