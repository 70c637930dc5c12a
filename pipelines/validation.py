"""Belgian rules: a bad field is nulled with its reason, an unusable record goes to quarantine whole."""

from immobe.items import Item, MappedListing, QuarantinedRecord
from immobe.mapping.validation import validate


class ValidationPipeline:
    """MappedListing to a valid MappedListing, or to a QuarantinedRecord; every other item passes."""

    def process_item(self, item: Item) -> Item:
        """Nothing is dropped: what is refused travels on, with its payload and reasons."""
        if not isinstance(item, MappedListing):
            return item
        valid, reasons = validate(item)
        if not reasons:
            return valid
        source = item.source
        return QuarantinedRecord(
            source.platform,
            source.url,
            reasons,
            source.payload,
            source.fetched_at,
            source.correlation_id,
            source.platform_listing_id,
        )
