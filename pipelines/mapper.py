"""A platform's object becomes the canonical record."""

from immobe.items import Item, RawListing
from immobe.mapping.mapper import map_listing
from immobe.platforms import get_platform


class MapperPipeline:
    """RawListing to MappedListing; every other item passes."""

    def process_item(self, item: Item) -> Item:
        """The mapper never raises: what it cannot read becomes null with its reason."""
        if not isinstance(item, RawListing):
            return item
        return map_listing(get_platform(item.platform).mapping, item)
