"""Our Scrapyd: how it is run, and the egg that is sent to it. Its client is `immobe.watchtower.crawls.scrapyd`."""
