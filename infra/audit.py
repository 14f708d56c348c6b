"""Verify the audit trail of the stack at AWS_ENDPOINT_URL, or of STAGE in your account: `make audit`.

Reads all of it, says what it found, and ends with 1 where anything is not as it was written. Needs
AUDIT_BUCKET, AUDIT_SIGNING_KEY_ID and TABLE_PREFIX as template.yaml sets them; on the developer's stack they
are known.
"""

import json
import os
import sys

from infra import local


def main() -> int:
    """Verify, print the report, and answer the exit code."""
    if "TABLE_PREFIX" not in os.environ:
        outputs = local.outputs()
        os.environ |= {
            "AWS_ENDPOINT_URL": outputs["Endpoint"],
            "AWS_REGION": local.REGION,
            "TABLE_PREFIX": f"perkbank-{local.STAGE}-",
            "TEST_CLOCK": local.TEST_CLOCK,
            "AUDIT_BUCKET": local.bucket("audit"),
            "AUDIT_SIGNING_KEY_ID": f"alias/perkbank-{local.STAGE}-audit-signing",
            **local.CREDENTIALS,
        }
    # Imported now: the kernel reads its environment once, at import.
    from audit.service import verifying

    report = verifying.verify()
    print(json.dumps(report, indent=2))
    return 1 if report["difference_count"] else 0


if __name__ == "__main__":
    sys.exit(main())
