#!/usr/bin/env bash
# Make sure that there is a Chromium for the browser tests; without one they skip, so this never fails.
set -euo pipefail

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then exit 0; fi
done

as_root=()
if [[ $(id -u) != 0 ]]; then as_root=(sudo -n); fi

if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
    echo "setup: installing Chromium for the browser tests"
    if "${as_root[@]}" apt-get update -qq && "${as_root[@]}" apt-get install -qq -y chromium >/dev/null; then exit 0; fi
fi
echo "setup: no Chromium here and none could be installed; the browser tests will skip"
