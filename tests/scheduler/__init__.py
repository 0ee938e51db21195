"""What is due: retention, and the clock that looks for it."""
