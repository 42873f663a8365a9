"""Rules: the catalogue, one module a family, and the dated policy they judge against."""
