"""Places to be assessed at: where and when, who has one, who waits for one, and what if there is none after all."""
