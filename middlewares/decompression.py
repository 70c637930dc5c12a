"""Scrapy's decompression, with an outcome for what cannot be decompressed."""

from __future__ import annotations

import zlib

import brotli  # type: ignore[import-untyped]
from backports.zstd import ZstdError
from scrapy import Request
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from middlewares.lease import refuse

UNDECODABLE = "undecodable"


class DecompressionMiddleware(HttpCompressionMiddleware):
    """Bombs are refused; a broken body becomes a response with the flag UNDECODABLE, which RetryMiddleware knows.

    Scrapy shows no other middleware what fails here: the request would count as done.
    """

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Raises Refused for a body that would grow beyond DOWNLOAD_MAXSIZE."""
        try:
            return super().process_response(request, response)
        except IgnoreRequest as error:
            raise refuse(request, "too_large") from error
        except (OSError, EOFError, zlib.error, brotli.error, ZstdError):
            return response.replace(body=b"", flags=[*response.flags, UNDECODABLE])
