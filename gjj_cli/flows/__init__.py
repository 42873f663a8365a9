"""Use cases: one function each; a flow owns the transaction and holds no rule."""
