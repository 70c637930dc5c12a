"""The product's settings for the workers of the fault tests, with what makes them die and tells what they did."""

from immobe.settings import *  # noqa: F403

EXTENSIONS = {**globals().get("EXTENSIONS", {}), "tests.faults.crawl_extension.FaultExtension": 1}
# Some 12 pages of the replica, and those on their way at that moment: the tests state how many pages a worker holds.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 4 * 1024 * 1024
