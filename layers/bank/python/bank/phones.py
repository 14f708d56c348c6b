"""Mobile numbers: one reading for whoever takes them, and one spelling, E.164: `+8613800138000`."""

from typing import Annotated

from pydantic import AfterValidator, Field

# Codes go to these regions alone: a sender to the whole world is what toll fraud (SMS pumping) looks for.
REGIONS = ("CN", "HK", "MO")
HOME_REGION, HOME_CODE = "CN", "+86"

# A number as a request may spell it; what it is in E.164 is for `normal` to say.
Phone = Annotated[
    str,
    Field(min_length=5, max_length=32, pattern=r"^[+0-9 ()\-]+$", examples=["+8613800138000"]),
]


class NotAMobile(ValueError):
    """Not a mobile number of the regions that are served."""


def normal(text: str) -> str:
    """The number in E.164; one without a country code is read as a Chinese one. Raises NotAMobile.

    Which numbers are mobiles is as Google's libphonenumber has it of the regions' numbering plans.
    """
    # Imported here: its regions' plans cost 0.15 s, and most requests come with a session instead.
    import phonenumbers

    try:
        number = phonenumbers.parse(text, HOME_REGION)
    except phonenumbers.NumberParseException:
        raise NotAMobile("is not a telephone number") from None
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    if not mobile or phonenumbers.region_code_for_number(number) not in REGIONS:
        raise NotAMobile(f"is not a mobile number of {', '.join(REGIONS)}")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


# A mobile number that is served, in E.164.
MobilePhone = Annotated[Phone, AfterValidator(normal)]


def mainland(text: str) -> str:
    """The 11 digits of a mainland mobile number, however it is spelled. Raises NotAMobile."""
    number = normal(text)
    if not number.startswith(HOME_CODE):
        raise NotAMobile("is not a mainland mobile number")
    return number.removeprefix(HOME_CODE)


def national(phone: str) -> str:
    """The digits that people know an E.164 number by: without the country code."""
    for code in (HOME_CODE, "+852", "+853"):
        if phone.startswith(code):
            return phone.removeprefix(code)
    return phone.removeprefix("+")
