"""Workbooks in and out: gate, typed cells, typed frame, templates, marked and corrected copies."""
