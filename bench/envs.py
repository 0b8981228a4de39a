"""Makes a folder of env files: SERVICES folders, each with .env.production, .env.staging, .env.development and .env.test.

usage: envs.py FOLDER [SERVICES] [KEYS]

The files are in order: what is measured is reading and comparing, not printing. Values differ by service and
environment, as they should; 1 service in 50 has the flaws that the checks are about.
"""

import hashlib
import pathlib
import sys

ENVIRONMENTS = ["production", "staging", "development", "test"]
PARTS = ["CACHE", "DB", "MAIL", "QUEUE", "SEARCH", "STORE", "WEB", "AUTH", "BILLING", "METRICS"]


def value(kind, service, environment, part):
    name = f"{part.lower()}-{service}"
    digest = hashlib.sha256(f"{kind}/{name}/{environment}".encode()).hexdigest()
    host = f"{name}.acme.io" if environment == "production" else f"{name}.{environment}.acme.io"
    return {
        "API_KEY": digest[:40],
        "ENABLED": "true",
        "HOST": host,
        "NAME": f"{name}-{environment}",
        "POOL_SIZE": str(int(digest[:2], 16)),
        "URL": f"https://{host}/v1/{part.lower()}",
    }[kind]


def lines(service, environment, keys):
    kinds = ["API_KEY", "ENABLED", "HOST", "NAME", "POOL_SIZE", "URL"]
    flawed = service % 50 == 0
    count = 0
    for part in sorted(PARTS):
        for kind in kinds:
            if count == keys:
                return
            count += 1
            # A flawed service has staging's keys in production.
            source = "staging" if flawed and kind == "API_KEY" and environment == "production" else environment
            yield f"{part}_{kind}={value(kind, service, source, part)}\n"


def main():
    folder = pathlib.Path(sys.argv[1])
    services = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    keys = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    for service in range(services):
        here = folder / f"service-{service:04}"
        here.mkdir(parents=True, exist_ok=True)
        for environment in ENVIRONMENTS:
            (here / f".env.{environment}").write_text("".join(lines(service, environment, keys)))


if __name__ == "__main__":
    main()
