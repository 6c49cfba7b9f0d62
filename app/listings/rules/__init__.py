"""What the calendar decides, and why: values in, decisions with reasons out. Pure, by subject."""
