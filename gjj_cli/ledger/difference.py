"""Something in the books that does not agree with what it is computed from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """What does not agree: the unit ("" for the database itself), the entry number where there is one, the field.

    `field` is the column (or the table, where a whole row is too many or missing); `voucher_ref` is the 凭证号, such
    as 0500001-2507-记012, which `verify` adds for the entry number.
    """

    unit: str
    voucher: int | None
    field: str
    detail: str
    voucher_ref: str | None = None
