"""One ask for one listing and one stretch of time, from the request to the return."""
