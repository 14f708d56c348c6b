"""Personal data that this room keeps: of suppliers, whose contact is a person, and of no customer."""

from bank.benefits.suppliers import SupplierRow
from bank.privacy.holdings import End, Fate, Holding, Whose, impersonal
from suppliers.tables import DossierRow, GateRow, StatementRow, UsageFileRow, UsageRow

HOLDINGS = (
    Holding(
        model=DossierRow,
        whose=Whose.SUPPLIERS,
        holds="suppliers: holder's name and sealed number of the bank account that they are paid out to, "
        "sealed phone of their contact and of those before, names of their documents, which are in S3",
        personal=("name", "bank_account", "contact", "former_contacts", "documents"),
        end=End(Fate.STAYS, None, "contracts and what is owed on them outlast the supplier"),
    ),
    impersonal(SupplierRow, "suppliers as products name them", whose=Whose.SUPPLIERS),
    impersonal(UsageRow, "use of suppliers' benefits, by ids of redemptions"),
    impersonal(UsageFileRow, "suppliers' own files of use, which are in S3", whose=Whose.SUPPLIERS),
    impersonal(GateRow, "months that take no more use"),
    Holding(
        model=StatementRow,
        whose=Whose.SUPPLIERS,
        holds="statements of suppliers, with the words of disputes",
        personal=("disputes",),
        end=End(Fate.STAYS, None, "what is owed on contracts outlasts the supplier"),
    ),
)
