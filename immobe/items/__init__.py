"""What travels from a page to a row.

A spider yields a `DetectedPage` (the cards of a search page, each a `DetectedListing`) and `RawListing`s (a platform's
own objects, as read from listing pages). The mapper turns these into a `Listing`, the one canonical record.
`RemovedListing` is evidence that an advert went; `QuarantinedRecord` holds what could not be used, with its reason.
"""

from immobe.items.listing import Amount, Listing, json_number
from immobe.items.terms import (
    NOT_IN_ADVERT,
    NOT_PARSED,
    Condition,
    EpcLabel,
    FloodZone,
    HeatingType,
    Language,
    ListingKind,
    LocationPrecision,
    MarketStatus,
    PriceKind,
    PropertySubtype,
    PropertyType,
    Region,
    SaleMethod,
    Score,
    SellerType,
    Stage,
    TransactionType,
)
from immobe.items.travelling import (
    DetectedListing,
    DetectedPage,
    Item,
    MappedListing,
    QuarantinedRecord,
    RawListing,
    RemovedListing,
    SearchSeen,
)

__all__ = [
    "NOT_IN_ADVERT",
    "NOT_PARSED",
    "Amount",
    "Condition",
    "DetectedListing",
    "DetectedPage",
    "EpcLabel",
    "FloodZone",
    "HeatingType",
    "Item",
    "Language",
    "Listing",
    "ListingKind",
    "LocationPrecision",
    "MappedListing",
    "MarketStatus",
    "PriceKind",
    "PropertySubtype",
    "PropertyType",
    "QuarantinedRecord",
    "RawListing",
    "Region",
    "RemovedListing",
    "SaleMethod",
    "Score",
    "SearchSeen",
    "SellerType",
    "Stage",
    "TransactionType",
    "json_number",
]
