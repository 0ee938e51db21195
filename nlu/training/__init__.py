"""How the local engine's model and thresholds were chosen: development only, nothing here runs with the bot."""
