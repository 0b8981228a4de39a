import os

PASSWORD = os.environ.get("DB_PASSWORD", "⟦generic-credential⟧")
SECRET_KEY = os.getenv("SECRET_KEY") or "⟦generic-credential⟧"


def connect(user="shop", password="⟦generic-credential⟧"):
    return open_connection(user, password=password, token=None)
