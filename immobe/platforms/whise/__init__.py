"""Sites of agencies on the software of Trevi and its partners: estates and pictures come from Whise, pages are HTML.

A site is a class with a name, its hosts and its agency's name. What is known of the pages comes from reports, none from
a page that we hold: addresses `/fr/bien/{Whise's id}/{number}/{type}/{town}` and cards with "1310 La Hulpe",
"395.000 €", "4 chbres", "165 m² habitable", "295 m² de terrain" (September 2026), search addresses with `purpose`,
`estatecategory`, `zips[]`, `minprice`, `maxprice` (2026) and `?pagenumber=`; `div.liste_biens`, `div.bien--details`,
the table of labels and `a[data-fancybox]` (2021). A page without these is refused, and the missing element named.
"""

from immobe.platforms.whise.site import WhiseSite

__all__ = ["WhiseSite"]
