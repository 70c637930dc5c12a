"""The product's settings for the workers of the fault tests, with what makes them die and tells what they did."""

from immobe.settings import *  # noqa: F403

EXTENSIONS = {**globals().get("EXTENSIONS", {}), "tests.faults.crawl_extension.FaultExtension": 1}
