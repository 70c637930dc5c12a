"""Scrapy's settings, built from Config. Only what differs from Scrapy's defaults, each with its reason."""

from __future__ import annotations

import sys
from typing import Any

from immobe.config import load_config
from immobe.crawling.browser_platforms import browser_platforms
from immobe.errors import ImmobeError
from immobe.observability.logs import configure_logs

try:
    _config = load_config()
    BROWSER_PLATFORMS = browser_platforms(_config)
except ImmobeError as error:
    # Scrapy would show a traceback; the operator needs the one clear message.
    sys.exit(f"immobe: {error}")

configure_logs(_config.log_level, _config.logs_json("harvester"), "harvester")

BOT_NAME = "immobe"
SPIDER_MODULES = ["spiders"]
NEWSPIDER_MODULE = "spiders"
ADDONS = {"immobe.crawling.services.ServicesAddon": 100}

USER_AGENT = _config.user_agent
ROBOTSTXT_OBEY = True
ROBOTSTXT_USER_AGENT = "Immo-Be"
COOKIES_ENABLED = False  # nobody is followed from page to page, and nothing logs in
CONCURRENT_REQUESTS = _config.crawler_concurrent_requests
CONCURRENT_REQUESTS_PER_DOMAIN = CONCURRENT_REQUESTS
# The budget paces, shared by all workers; a request that waited in Scrapy's own slots would be sent after its moment.
DOWNLOAD_DELAY = 0
THROTTLE_ENABLED = _config.throttle_enabled
BUDGET_INTERVAL = _config.crawler_download_delay
BUDGET_HIGHEST_INTERVAL = _config.budget_highest_interval
BUDGET_BURST = _config.budget_burst
BUDGET_JITTER = _config.budget_jitter
BUDGET_PATIENCE = _config.budget_patience
BLOCK_FIRST_PAUSE = _config.block_first_pause
BLOCK_LONGEST_PAUSE = _config.block_longest_pause
BLOCK_PROBE_SECONDS = _config.block_probe_seconds
GATE_SPREAD = _config.gate_spread
HARVESTER_WORKERS = _config.harvester_workers
QUIET_HOURS = _config.quiet_hours
ROBOTS_TTL = _config.robots_ttl
VALIDATORS_TTL = _config.validators_ttl
METAREFRESH_ENABLED = False  # would leave the site unchecked; challenge pages use it
DOWNLOAD_VERIFY_CERTIFICATES = True
# Pages that answer late, are huge or redirect for ever must not hold a worker.
DOWNLOAD_TIMEOUT = _config.crawler_download_timeout
DOWNLOAD_MAXSIZE = _config.crawler_max_page_bytes
REDIRECT_MAX_TIMES = 5
DEPTH_LIMIT = 400  # the longest list of results has 333 pages
SCRAPE_TIMEOUT = _config.scrape_timeout
# A harvester whose loop stands still for longer is taken for one that hangs, and all its pages suffer.
PARSE_TIMEOUT = min(_config.parse_timeout, _config.harvester_hang_seconds / 2)
RETRY_MAX_ATTEMPTS = _config.queue_max_attempts  # the scheduler's own bound, so that both agree
RETRY_BACKOFF = _config.retry_backoff
RETRY_LONGEST_DELAY = _config.retry_longest_delay
# A page of 340 kB stays in memory until its row is committed; the default of 5 MB would hold a worker back at 15 pages.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 64 * 1024 * 1024
# The default of 100 starts 101 tasks for every response; a page yields one item.
CONCURRENT_ITEMS = 4
MEMUSAGE_LIMIT_MB = 1500
# No ports that control a crawl: operators use Scrapyd, queue commands and signals.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
LOG_LEVEL = _config.log_level
LOG_INSTALL_ROOT_HANDLER = False  # configure_logs has installed ours; LOG_FORMATTER applies -L, --logfile, --nolog
LOG_FORMATTER = "immobe.extensions.log_format.PrivateLogFormatter"
LOG_JSON = _config.logs_json("harvester")

# One queue for every process of a spider, on any machine.
SCHEDULER = "immobe.crawling.scheduler.SharedScheduler"
SCHEDULER_PERSIST = True
SPIDER_MIDDLEWARES = {
    "immobe.crawling.parents.ParentMiddleware": 1,
    "immobe.extensions.hooks.ResumeScrape": 2,
    "immobe.crawling.revisits.RevisitMiddleware": 500,
    "immobe.extensions.parse_limit.ParseLimit": 1000,  # nearest to the spider
}
DOWNLOADER_MIDDLEWARES = {
    "immobe.extensions.hooks.BeginScrape": 1,  # before every other: when a scrape begins
    "middlewares.gate.GateMiddleware": 60,  # a resting platform is not asked at all, not even for robots.txt
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "middlewares.robots.RobotsMiddleware": 100,
    "middlewares.conditional.ConditionalMiddleware": 450,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "middlewares.retry.RetryMiddleware": 550,
    "middlewares.blocks.BlockDetectionMiddleware": 570,  # sees decompressed bodies (590), and challenges before retry
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "middlewares.decompression.DecompressionMiddleware": 590,
    "middlewares.budget.BudgetMiddleware": 780,  # waits last
    "middlewares.last_look.LastLookMiddleware": 785,
    "middlewares.limits.LimitsMiddleware": 790,  # its clock starts after the wait; judges redirects before they go
    "middlewares.browser.BrowserMiddleware": 795,  # the first to see what became of a page in the browser
    "immobe.extensions.hooks.NoteException": 10_000,  # behind every other: what went wrong before anybody handled it
}
EXTENSIONS = {
    "immobe.extensions.scrapes.Scrapes": 100,
    "immobe.extensions.flush_metrics.FlushMetrics": 110,
    "immobe.extensions.runs.RunRecords": 120,
    "immobe.extensions.sweep.ConfirmMissing": 130,
    "immobe.extensions.monitors.Monitors": 140,
    "immobe.extensions.match_properties.MatchProperties": 150,
}
METRICS_FLUSH_SECONDS = _config.metrics_flush_seconds
RUN_HEARTBEAT_SECONDS = _config.run_heartbeat_seconds
REQUEST_FINGERPRINTER_CLASS = "immobe.crawling.fingerprints.ListingFingerprinter"

ITEM_PROCESSOR = "immobe.extensions.parse_limit.TimedPipelines"
ITEM_PIPELINES = {
    "pipelines.mapper.MapperPipeline": 100,
    "pipelines.validation.ValidationPipeline": 200,
    "immobe.extensions.monitors.DoubtBroken": 250,
    "pipelines.postgres.PostgresPipeline": 300,
}

REPLICA_URL = _config.replica_url
# BROWSER_PLATFORMS, above, says whose pages only a browser can make: crawls of others never import it.
BROWSER_GUARD = "middlewares.browser.BrowserMiddleware"
_handler = "browser_handler.BrowserDownloadHandler" if BROWSER_PLATFORMS else "replica_handler.ReplicaDownloadHandler"
DOWNLOAD_HANDLERS: dict[str, Any] = (
    dict.fromkeys(("http", "https"), f"immobe.crawling.{_handler}") if BROWSER_PLATFORMS or REPLICA_URL else {}
)

# For our own components: they take what they need from it once, in from_crawler.
IMMOBE_CONFIG = _config
REDIS_CIRCUIT_BREAKER_THRESHOLD = _config.redis_circuit_breaker_threshold
REDIS_CIRCUIT_BREAKER_TIMEOUT = _config.redis_circuit_breaker_timeout
