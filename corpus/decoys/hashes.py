"""Hashes, identifiers and nonces are no credentials."""

COMMIT = "⟦~hex:40⟧"
SHA256 = "⟦~hex:64⟧"
REQUEST_ID = "⟦~hex:8⟧-⟦~hex:4⟧-⟦~hex:4⟧-⟦~hex:4⟧-⟦~hex:12⟧"
ETAG = 'W/"⟦~hex:32⟧"'
FINGERPRINTS = {"intro.mp4": "⟦~HEX:64⟧", "logo.png": "⟦~hex:32⟧"}


def check(password, token):
    assert token_type == "bearer"
    return hashlib.sha256(password.encode()).hexdigest() == SHA256
