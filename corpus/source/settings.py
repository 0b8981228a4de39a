"""Django settings with values that belong in the environment."""
import os

import boto3

DEBUG = False
SECRET_KEY = "⟦generic-credential⟧"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["DB_NAME"],
        "USER": "shop",
        "PASSWORD": "⟦generic-credential⟧",
    }
}
s3 = boto3.client(
    "s3",
    aws_access_key_id="⟦aws-access-key-id⟧",
    aws_secret_access_key="⟦aws-secret-access-key⟧",
)
SENTRY_DSN = "https://⟦sentry-dsn⟧@o42.ingest.sentry.io/4242"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
PASSWORD_RESET_TIMEOUT = 3600
