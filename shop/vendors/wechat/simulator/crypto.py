"""WeChat Pay v3, 签名生成 and 证书和回调报文解密, from the platform's side of the wire."""

from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256


def signature(key: RSAPrivateKey, text: bytes) -> str:
    """SHA256 with RSA (PKCS #1 v1.5), base64."""
    return b64encode(key.sign(text, PKCS1v15(), SHA256())).decode("ascii")


def is_signed_by(key: RSAPublicKey, text: bytes, sign: str) -> bool:
    """Whether `sign` is this key's signature over the text."""
    try:
        key.verify(b64decode(sign, validate=True), text, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def sealed(api_v3_key: str, nonce: str, associated_data: str, plain: bytes) -> str:
    """AEAD_AES_256_GCM, the 16-byte tag at the end, base64."""
    cipher = AESGCM(api_v3_key.encode())
    return b64encode(cipher.encrypt(nonce.encode(), plain, associated_data.encode())).decode(
        "ascii"
    )
