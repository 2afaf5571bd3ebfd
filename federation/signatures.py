"""HTTP signatures, both schemes, both ways: the front of `cavage` and `rfc9421`; pure.

Whatever is wrong with a request raises `Unauthenticated` (401), never anything else: servers that
try one scheme after the other depend on it. Whose key it is, and who may say what, is decided in
`inbox/authentication.py`.
"""

from dataclasses import dataclass, field
from datetime import datetime

from federation import cavage, keys, rfc9421
from federation.cavage import Outgoing as Outgoing
from federation.keys import check_new_key as check_new_key
from federation.keys import new_private_key_pem as new_private_key_pem
from federation.keys import public_pem_of as public_pem_of
from federation.rfc9421 import Challenge as Challenge
from federation.rfc9421 import read_challenge as read_challenge
from federation.signed_request import SignedRequest as SignedRequest
from federation.signed_request import check_host
from instance.errors import Unauthenticated

KEY_ID_LETTERS_MAX = 2048


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose name and key a request of ours carries."""

    key_id: str
    private_pem: str = field(repr=False)


def is_signed(request: SignedRequest) -> bool:
    """Whether a request carries any signature at all."""
    return bool(request.values("signature"))


def claimed_key_id(request: SignedRequest) -> str:
    """The keyId the request says it is signed with: a claim, until `verify` returns."""
    key_id = _parse(request).key_id
    if len(key_id) > KEY_ID_LETTERS_MAX:
        raise Unauthenticated("The keyId is too long.")
    return key_id


def verify(
    request: SignedRequest, public_pem: str, *, now: datetime, key_id: str, base_url: str
) -> None:
    """Check that `request` was signed for us, lately, with this key; raises `Unauthenticated`.

    `key_id` is the id of the key that `public_pem` is; `base_url` is our own, from the settings.
    """
    signature = _parse(request)
    if signature.key_id != key_id:
        raise Unauthenticated("The request is signed with another key.")
    key = keys.load_public(public_pem)
    host = check_host(request, base_url)
    if isinstance(signature, cavage.Signature):
        cavage.verify(request, signature, key, host, now)
    else:
        rfc9421.verify(request, signature, key, rfc9421.Place(base_url, host), now)


def _parse(request: SignedRequest) -> cavage.Signature | rfc9421.Signature:
    value = request.only("signature")
    signature_input = request.only("signature-input")
    if value is None:
        raise Unauthenticated("The request is not signed.")
    if signature_input is None:
        return cavage.parse(value)
    return rfc9421.parse(signature_input, value)


def sign_cavage(request: Outgoing, signer: Signer, now: datetime) -> dict[str, str]:
    """Headers that sign a request by draft-cavage-12. Sign when sending, never when queueing."""
    return cavage.sign(request, signer.key_id, keys.load_private(signer.private_pem), now)


def sign_rfc9421(
    request: Outgoing, signer: Signer, now: datetime, wanted: Challenge | None = None
) -> dict[str, str]:
    """Headers that sign a request by RFC 9421. Sign when sending, never when queueing.

    `wanted`: what the other server asked for when it refused an earlier one (E55).
    """
    private = keys.load_private(signer.private_pem)
    return rfc9421.sign(request, signer.key_id, private, now, wanted)


def challenge_headers(method: str) -> dict[str, str]:
    """What a 401 says about the signature that is missing, in both schemes.

    RFC 9421 5.1, draft-cavage-12 3.1.1; RFC 9110 11.6.1 wants `WWW-Authenticate` with every 401.
    """
    covered = "(request-target) host date" + ("" if method == "GET" else " digest")
    return {
        "WWW-Authenticate": f'Signature realm="ActivityPub",headers="{covered}"',
        "Accept-Signature": rfc9421.challenge(method),
    }
