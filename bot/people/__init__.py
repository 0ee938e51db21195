"""People as the staff know them: found, registered, corrected, joined, erased."""
