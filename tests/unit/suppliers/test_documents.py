"""Documents of suppliers: the file that was announced and no other, once for all deliveries."""

from urllib.parse import parse_qs, urlsplit

from bank.control.approval.tables import ApprovalRow
from bank.control.audit import acts_on
from suppliers.domain import MAX_DOCUMENTS
from tests.support.streams import Cloud
from tests.unit.suppliers.given import PDF, act, announce, applicant, get, leave, row, supplier, upload


def test_a_document_is_put_where_its_url_says_and_read_from_another(bank: Cloud) -> None:
    supplier_id = applicant()
    made = announce(supplier_id, "contract").json

    url = urlsplit(made["upload"]["url"])
    assert url.path.endswith(f"/documents/{supplier_id}/{made['document_id']}")
    signed = parse_qs(url.query)["X-Amz-SignedHeaders"][0].split(";")
    assert {"content-length", "content-type", "x-amz-checksum-sha256"} <= set(signed)
    path = f"/suppliers/{supplier_id}/documents/{made['document_id']}"
    assert get(path).json["code"] == "document_not_uploaded"
    upload(supplier_id, made["document_id"])
    found = get(path).json
    assert "response-content-disposition=attachment" in found["url"]
    assert found["file_length"] == len(PDF)
    assert get(f"{path}x").json["code"] == "document_not_found"


def test_the_same_announcement_again_is_one_document_and_another_file_another_request(bank: Cloud) -> None:
    supplier_id = applicant()
    first, again = (announce(supplier_id, "contract", key="d") for _ in range(2))

    assert again.json["document_id"] == first.json["document_id"]
    assert len(row(supplier_id).documents) == 1
    other = announce(supplier_id, "contract", b"another", key="d")
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_supplier_has_so_many_documents_at_most(bank: Cloud) -> None:
    supplier_id = applicant()
    for _ in range(MAX_DOCUMENTS):
        assert announce(supplier_id, "other").status == 201
    assert announce(supplier_id, "other").json["code"] == "too_many_documents"


def test_documents_come_later_too(bank: Cloud) -> None:
    supplier_id = supplier()
    leave(supplier_id)
    assert announce(supplier_id, "qualification").status == 201


def test_names_of_files_stand_neither_in_the_trail_nor_in_approvals(bank: Cloud) -> None:
    supplier_id = supplier()
    act(supplier_id, "suspend")

    told = str([[each.before, each.after] for each in acts_on(supplier_id)])
    assert "business_licence.pdf" not in told
    assert "business_licence.pdf" not in str([each.summary for each in ApprovalRow.scan()])
