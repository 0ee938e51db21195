"""`python -m bot` is `arraigo`."""

from bot.cli import main

main()
