"""The instance's own hands, lent to `depot conformance` (openapi/federation-v1.md, section 19.3). Never in production.

It is there only with DEPOT_TEST_CONTROL, which the settings refuse for any instance that does not live on loopback;
and it answers only who calls from this machine.
"""
