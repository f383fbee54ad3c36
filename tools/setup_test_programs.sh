#!/usr/bin/env bash
# Make sure that the programs are here which tests drive: Chromium, nginx, PostgreSQL with PostGIS, and Pango. Tests that
# find theirs missing skip and say so, hence this never fails.
set -euo pipefail
cd "$(dirname "$0")/.."
source tools/debian.sh

has_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if command -v "$name" >/dev/null; then return 0; fi
    done
    return 1
}

postgis_package() { # of the distribution's own version
    apt-cache search --names-only '^postgresql-[0-9]+-postgis-[0-9]+$' | sort --version-sort | tail -1 | cut -d' ' -f1
}

command -v apt-get >/dev/null && [[ $(id -u) == 0 ]] || {
    echo "setup: not root on a Debian-like machine; tests whose programs are missing will skip"
    exit 0
}
[[ -n $(postgis_package) ]] || apt-get update -qq || true
wanted=(nginx openssl iproute2 procps libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 $(postgis_package))
has_browser || wanted+=(chromium)
mapfile -t missing < <(missing_packages "${wanted[@]}")
[[ ${#missing[@]} == 0 ]] && exit 0
echo "setup: installing what tests drive: ${missing[*]}"
install_without_starting "${missing[@]}" || echo "setup: not all could be installed; their tests will skip"
