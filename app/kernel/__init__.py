"""What every room leans on; no domain word ever stands here."""
