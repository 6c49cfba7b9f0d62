"""The API can be read and tried out in a browser, with nothing from elsewhere."""

import re


def test_the_documentation_loads_only_what_we_serve(client):
    page = client.get("/docs")
    policy = page.headers["content-security-policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert addresses == ["/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/start.js"]
    assert all(client.get(address).status_code == 200 for address in addresses)
    assert "default-src 'none'; script-src 'self';" in policy
    assert client.get("/docs/start.js").text.count("/api/v1/openapi.json") == 1


def test_nothing_else_of_the_package_is_served(client):
    assert client.get("/docs/core.py").status_code == 422
    assert client.get("/docs/..%2fcore.py").status_code in (404, 422)


def test_the_bare_address_is_for_residents(client):
    answer = client.get("/", follow_redirects=False)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
