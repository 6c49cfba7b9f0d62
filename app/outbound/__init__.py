"""The doors to the outside: the one safe HTTP client and file storage."""
