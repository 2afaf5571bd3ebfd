"""`main.py serve`, which also trusts the certificate of the bench's hosts; nothing else differs."""

import ssl
import sys
from typing import Any

import httpx2

from main import main


def trust(certificate: str) -> None:
    """Make every TLS context from now on accept a certificate that signed itself."""
    for module, name in ((ssl, "create_default_context"), (httpx2, "create_ssl_context")):
        setattr(module, name, _trusting(getattr(module, name), certificate))


def _trusting(make: Any, certificate: str) -> Any:
    def make_trusting(*given: Any, **named: Any) -> Any:
        context = make(*given, **named)
        context.load_verify_locations(certificate)
        return context

    return make_trusting


if __name__ == "__main__":
    trust(sys.argv[1])
    sys.exit(main(["serve", "--json"]))
