"""The staff of a bot at work in their Telegram group: a topic a case, buttons, answers."""
