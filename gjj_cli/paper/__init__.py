"""Paper: what a page shows (view), the PDF, its seal, and reading it back."""
