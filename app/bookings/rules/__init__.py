"""The law of bookings, pure: one table of moves, what guards them, when clocks strike, what follows."""
