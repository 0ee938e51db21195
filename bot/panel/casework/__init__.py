"""What the rooms about cases share: who sees what, the inbox, one case as a page, and what keeps pages live."""
