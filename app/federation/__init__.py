"""Partners, trust, feeds and loans across regions: protocol DFP/1."""
