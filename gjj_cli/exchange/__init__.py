"""The books in the files of other programs."""
