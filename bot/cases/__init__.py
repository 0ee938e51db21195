"""Cases for the staff: opened by the flows, worked by people, woken by the clock, forgotten by nobody."""
