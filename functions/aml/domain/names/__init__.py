"""Names of persons, organisations and vessels, and how alike two of them are."""

from aml.domain.names.compare import Comparison, compare
from aml.domain.names.normalise import Name, normalise

__all__ = ["Comparison", "Name", "compare", "normalise"]
