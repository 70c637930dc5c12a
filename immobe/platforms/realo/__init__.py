"""Realo: homes with an id each, of which some are advertised and others only estimated.

An address `/en/{street}-{postal code}-{town}/{estate}?l={listing}` is a listing by its `l`; a home without it is an
estimate, no listing. Known from reports alone (others' programs of 2021 to 2026): cards with `data-href`, the number of
results, `h1.address`, `span[itemprop=price]`, `div.type`, the table of `td.name` and `td.value`, `data-latlng`,
`data-type`, `propertyCompanyIdDimension`. A page without what it must have is refused, and the element named.
"""

from immobe.platforms.realo.portal import Realo

__all__ = ["Realo"]
