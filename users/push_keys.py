"""The key by which push services know this server (VAPID, RFC 8292)."""

import base64
from typing import cast

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from instance.resources import Instance
from storage import server_keys
from storage.records import ServerKey

NAME = "web push"


async def private_key(instance: Instance) -> ec.EllipticCurvePrivateKey:
    """Return the server's key for Web Push, made once."""
    kept = await server_keys.find(NAME)
    if kept is None:
        made = ec.generate_private_key(ec.SECP256R1())
        pem = made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        kept = await server_keys.insert_if_new(ServerKey(NAME, pem.decode(), instance.now()))
    found = serialization.load_pem_private_key(kept.private_pem.encode(), None)
    return cast("ec.EllipticCurvePrivateKey", found)


async def public_key(instance: Instance) -> str:
    """Return what apps subscribe with: the uncompressed point, base64url without padding."""
    point = (
        (await private_key(instance))
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
