"""Learning from use: what was not understood is looked at, labelled, accepted, and guarded. See docs/adr/0010."""
