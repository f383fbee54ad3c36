#!/usr/bin/env bash
# Set the instance up, show its logs, and stop it when the container is stopped.
set -euo pipefail
cd "$(dirname "$0")/../.."
source deploy/instance.sh

deploy/set_up.sh
supervisor=$(cat "$instance/run/supervisord.pid")
trap 'kill "$supervisor"' TERM INT
tail --pid="$supervisor" --lines=0 --follow=name "$instance"/log/*.log &
while kill -0 "$supervisor" 2>/dev/null; do wait $! || sleep 1; done
