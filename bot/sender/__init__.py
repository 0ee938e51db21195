"""Takes messages from the outbox and hands them to the providers: in order, within limits, losing none."""
