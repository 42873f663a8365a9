"""From frames to amounts and vouchers: pure functions, polars in and ledger vouchers out."""
