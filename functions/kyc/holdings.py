"""Personal data that this room keeps, table by table: what an export gives of it, and what closure leaves."""

from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, erased, expires, kept
from kyc.tables import CardRow, ProfileRow, TriesRow, UseRow, UsesRow, VerificationRow

HOLDINGS = (
    Holding(
        model=ProfileRow,
        whose=Whose.CUSTOMERS,
        holds="who they are, as verified: name, id number, phone",
        personal=("name_sealed", "id_number_sealed", "phone_sealed", "id_fingerprint", "document_expires_on"),
        given="identity",
        end=kept(laws.IDENTITY, "name and id number; the phone goes at once"),
    ),
    Holding(
        model=VerificationRow,
        whose=Whose.CUSTOMERS,
        holds="what was asked of the provider, masked, and what came of it; sealed while it is pending",
        personal=(
            "name_sealed",
            "id_number_sealed",
            "phone_sealed",
            "name_masked",
            "id_number_masked",
            "phone_masked",
            "card_masked",
            "id_fingerprint",
            "document_expires_on",
        ),
        given="verifications",
        end=kept(laws.IDENTITY),
    ),
    Holding(
        model=CardRow,
        whose=Whose.CUSTOMERS,
        holds="bank cards as tokens",
        personal=("number_sealed", "fingerprint", "bin6", "last4"),
        given="cards",
        end=erased(),
    ),
    Holding(
        model=UseRow,
        whose=Whose.CUSTOMERS,
        holds="which customers an id number has verified, by its keyed hash",
        personal=("subject",),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.IDENTITY, "released at once"),
    ),
    Holding(
        model=UsesRow,
        whose=Whose.CUSTOMERS,
        holds="how many customers an id number may still verify, by its keyed hash",
        personal=("subject",),
        withheld=Ground.OTHERS,
        end=kept(laws.IDENTITY, "a count, without who they are"),
    ),
    Holding(
        model=TriesRow,
        whose=Whose.CUSTOMERS,
        holds="tries at verification that are left today",
        withheld=Ground.SECRETS,
        end=expires("two days after"),
    ),
)
