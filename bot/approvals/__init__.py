"""Templates at WhatsApp: handed in, under review, approved; and what is known of that."""
