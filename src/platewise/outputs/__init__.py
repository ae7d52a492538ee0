"""What leaves this machine: the only room, beside the bot, that opens connections to others."""
