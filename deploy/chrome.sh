#!/bin/sh
# Chromium for the crawlers of other containers, on port 9222. It itself listens on loopback alone, whatever it is told.
# Its sandbox needs user namespaces, which containers forbid: this one has no network, no rights and no files instead.
set -eu
chromium --headless=new --remote-debugging-port=9223 --user-data-dir=/tmp/profile --no-sandbox --no-first-run \
    --disable-gpu --disable-quic --disable-background-networking --disable-component-update --disable-sync \
    --disable-dev-shm-usage --host-resolver-rules='MAP * ~NOTFOUND' --proxy-server=http://127.0.0.1:9 \
    '--proxy-bypass-list=<-loopback>' --force-webrtc-ip-handling-policy=disable_non_proxied_udp about:blank &
chromium=$!
socat TCP-LISTEN:9222,fork,reuseaddr TCP:127.0.0.1:9223 &
forwarder=$!
trap 'kill $chromium $forwarder 2>/dev/null' TERM INT EXIT
wait "$chromium"
