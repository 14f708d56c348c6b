"""Requests and answers of the merchants room: its HTTP contract."""

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bank.access.authority import Authority
from bank.counterparties.cycles import Cycle
from bank.counterparties.schemas import BankAccount, MaskedBankAccount, Settlement
from bank.http import Body, Currency, Instant, Page, Schema, Text
from bank.money import MAX_AMOUNT
from bank.phones import MobilePhone
from merchants.domain import COUNTRIES, StandardTerms, Status
from merchants.settings import settings

HOME_COUNTRY, HOME_CITY = "CN", "Shanghai"
STANDARD = StandardTerms(
    basis_points=settings.standard_fee_basis_points,
    fee_cap=settings.standard_fee_cap,
    settlement=Cycle(settings.standard_settlement),
)


def _assigned(code: str) -> str:
    if code not in COUNTRIES:
        raise ValueError("is not an assigned ISO 3166-1 code")
    return code


Name = Annotated[Text, Field(examples=["Lucky Records"])]
CategoryCode = Annotated[
    str, Field(pattern=r"^[0-9]{4}$", description="Merchant category, ISO 18245", examples=["5735"])
]
Country = Annotated[
    str,
    Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2", examples=["CN"]),
    AfterValidator(_assigned),
]
# As long as a QR code has room for.
City = Annotated[Text, Field(max_length=15, examples=["Shanghai"])]
Bound = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT, description="Minor units")]


def _left_out(**facts: Any) -> Any:
    """A field that may be left out but not be null."""
    return Field(default_factory=lambda: None, exclude_if=lambda value: value is None, **facts)


class Fee(Body):
    """Fee on each payment: basis points of it, rounded half up; in the home currency within these bounds."""

    basis_points: Annotated[int, Field(ge=0, le=10_000, description="1/10,000", examples=[60])]
    min: Bound | None = Field(default=None, examples=[1])
    max: Bound | None = Field(default=None, examples=[50000])

    @model_validator(mode="after")
    def _bounds(self) -> "Fee":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is more than max")
        return self


CONTACT = "Mobile of who hears by text message of what is done to the merchant; in answers masked"


class RegisterMerchant(Body):
    """A merchant to register."""

    name: Name
    category_code: CategoryCode
    fee: Fee
    settlement: Settlement
    country: Country = HOME_COUNTRY
    city: City = _left_out(description=f"{HOME_CITY} where left out; needed outside {HOME_COUNTRY}")
    bank_account: BankAccount | None = None
    contact: MobilePhone = _left_out(repr=False, description=CONTACT)

    @model_validator(mode="after")
    def _city_abroad(self) -> "RegisterMerchant":
        if "city" not in self.model_fields_set and self.country != HOME_COUNTRY:
            raise ValueError(f"a merchant outside {HOME_COUNTRY} needs its city")
        return self

    @property
    def takes_approval(self) -> bool:
        """Return whether its terms are better for it than the bank's standard."""
        return not STANDARD.cover(
            basis_points=self.fee.basis_points, fee_cap=self.fee.max, settlement=self.settlement
        )


class ChangeMerchant(Body):
    """Terms to change. What is left out stays as it is; a bank_account of null takes it off file."""

    name: Name = _left_out()
    category_code: CategoryCode = _left_out()
    fee: Fee = _left_out()
    settlement: Settlement = _left_out()
    bank_account: BankAccount | None = Field(default_factory=lambda: None)
    contact: MobilePhone = _left_out(repr=False, description=CONTACT)

    @property
    def takes_approval(self) -> bool:
        """Return whether it changes where the merchant's money goes, what it costs or who hears of it."""
        return bool({"fee", "settlement", "bank_account", "contact"} & self.model_fields_set)


class Reason(Body):
    """Reason of a change of status; it is kept with the merchant."""

    reason: Text


class Resume(Reason):
    """The end of a suspension: the caller's own, or a lower authority's."""

    authority: Authority | None = Field(default=None, strict=False, examples=[None])


class MerchantAnswer(Schema):
    """A merchant. `settlement_account_id` is its account in the bank's home currency."""

    merchant_id: str = Field(examples=["mer_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    name: str
    category_code: str
    fee: Fee
    settlement: Cycle
    country: str
    city: str
    bank_account: MaskedBankAccount | None
    contact: str | None = Field(description="Masked", examples=["+86138****8000"])
    status: Status
    status_reason: str | None = Field(examples=[None])
    suspended_by: list[Authority] = Field(
        description="Authorities that suspend it, lowest first", examples=[[]]
    )
    settlement_account_id: str = Field(examples=["stl_01JDB3W6Q2V0M8C4T5R7N9XKHE"])
    created_at: Instant


class MerchantPage(Schema):
    """A page of merchants."""

    items: list[MerchantAnswer]
    next_cursor: str | None


def _plus(text: str) -> str:
    # A plus in a query string that was not escaped arrives as a space.
    return text.replace(" ", "+")


class MerchantsQuery(Page):
    """Filter of merchants: all, or those of one settlement cycle."""

    settlement: Annotated[Cycle, BeforeValidator(_plus)] | None = None


class QrQuery(Schema):
    """Amount that the code asks for: any, or one; in the home currency where none is given."""

    amount: int | None = Field(
        default=None, ge=1, lt=MAX_AMOUNT, description="Minor units; a code has room for 13 characters"
    )
    currency: Currency | None = None
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-.:/#]{1,25}$")] | None = Field(
        default=None, description="The bill's number, as the payer's app shows it"
    )


EMVCO = (
    "00020101021126500012org.perkbank0130mer_01JDB3W6Q2V0M8C4T5R7N9XKHE"
    "5204573553031565802CN5917Blue Note Records6008Shanghai6304BA49"
)


class QrAnswer(Schema):
    """A merchant-presented code: the EMVCo payload, and its picture as an SVG document."""

    payload: str = Field(examples=[EMVCO])
    svg: str = Field(examples=['<svg xmlns="http://www.w3.org/2000/svg">...</svg>'])
