"""The books on a database: the only package that imports SQLAlchemy."""
