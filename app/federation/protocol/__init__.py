"""The words of DFP/1 on the wire: pure, frozen per version, lenient in reading and strict in writing."""
