"""Voucher codes of products: their pools."""

from bank import errors
from bank.access import acts
from bank.control import audit
from bank.http import Call
from benefits.routes.api import STAFF, app
from benefits.schemas import vouchers as schemas
from benefits.service import vouchers


@app.post(
    "/benefit-products/{product_id}/codes",
    act=acts.RECORD,
    scope="benefits:write",
    callers=STAFF,
    body=schemas.LoadCodes,
    answer=schemas.LoadedCodes,
    problems=[errors.NotFound, errors.Invalid, vouchers.NoCodes],
)
def load_voucher_codes(call: Call, product_id: str, body: schemas.LoadCodes) -> schemas.LoadedCodes:
    """Put codes into a product's pool, each once; sent again, nothing changes."""
    pool = vouchers.Pool(product_id, call.principal, audit.actor(call))
    if body.generate:
        wanted = body.generate
        codes = vouchers.generated(
            pool, wanted.pattern, wanted.charset, wanted.count, request_id=call.record_id("vcl")
        )
    else:
        codes = body.codes
    loaded, free = vouchers.load(pool, codes)
    refused = [schemas.RefusedLine(line=line, reason=reason) for line, reason in loaded.refused]
    return schemas.LoadedCodes(loaded=loaded.new, known=loaded.known, refused=refused, free=free)
