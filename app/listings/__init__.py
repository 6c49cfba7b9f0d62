"""What is shared: offers and wants, categories, hours, closures, calendar and occupancies, search."""
