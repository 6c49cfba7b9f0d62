"""Wire models of DFP/1: pure, lenient in reading, strict in writing."""
