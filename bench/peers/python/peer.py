"""PyPI's SD-JWT library, the specification's reference, at the work of ../README.md."""

import base64
import json
import sys
from importlib.metadata import version
from time import process_time

from cryptography.hazmat.primitives.serialization import load_der_private_key
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier


class Work:
    def __init__(self, job):
        self.job = job
        self.issuer = JWK.from_pyca(load_der_private_key(base64.b64decode(job["issuer_pkcs8"]), None))
        self.holder = JWK(**job["holder"])
        disclosable = {SDObj(name): value for name, value in job["disclosable"].items()}
        self.claims = job["visible"] | disclosable

    def verify(self):
        verifier = SDJWTVerifier(
            self.job["presentation"],
            lambda issuer, header: self.issuer,
            self.job["audience"],
            self.job["nonce"],
        )
        return verifier.get_verified_payload()

    def issue(self):
        return SDJWTIssuer(self.claims, self.issuer, self.holder).sd_jwt_issuance


def say(value):
    print(json.dumps(value), flush=True)


work = None
for line in sys.stdin:
    asked = json.loads(line)
    if "act" not in asked:
        work = Work(asked)
        library = f"sd-jwt {version('sd-jwt')} (Python)"
        say({"library": library, "claims": work.verify(), "issued": work.issue()})
    else:
        run, runs = getattr(work, asked["act"]), asked["runs"]
        began = process_time()
        for _ in range(runs):
            run()
        say((process_time() - began) / runs)
