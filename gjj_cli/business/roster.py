"""The ROSTER: every batch business, declared once in a file of its own.

It is not in `__init__`, because importing `business.names` must not import every rule and polars with it.
"""

from gjj_cli.business.account_opening import ACCOUNT_OPENING
from gjj_cli.business.base_adjustment import BASE_ADJUSTMENT
from gjj_cli.business.central_sealing import CENTRAL_SEALING
from gjj_cli.business.internal_transfer import INTERNAL_TRANSFER
from gjj_cli.business.sealing import SEALING
from gjj_cli.business.spec import Business
from gjj_cli.business.supplementary_payment import SUPPLEMENTARY_PAYMENT
from gjj_cli.business.unsealing import UNSEALING

ROSTER: dict[str, Business] = {
    business.slug: business
    for business in (
        ACCOUNT_OPENING,
        BASE_ADJUSTMENT,
        SUPPLEMENTARY_PAYMENT,
        SEALING,
        UNSEALING,
        CENTRAL_SEALING,
        INTERNAL_TRANSFER,
    )
}
