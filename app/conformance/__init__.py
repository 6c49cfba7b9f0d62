"""Judges any implementation of DFP/1 over HTTP, against openapi/federation-v1.md.

It is a stranger: it imports nothing of the house, signs, parses and speaks HTTP with lines of its own, so that it does
not inherit what may be wrong there. It stands on the standard library and `cryptography`.
"""
