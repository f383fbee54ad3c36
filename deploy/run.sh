#!/usr/bin/env bash
# Become one of an instance's services, or the prefect command with its address and password:
#   run.sh postgres | server | worker | nginx | watch
#   run.sh prefect deployment run nightly/on-demand
set -euo pipefail
source "$(dirname "$0")/instance.sh"
load_settings

wait_for() { # COMMAND...: until it succeeds
    until "$@" >/dev/null 2>&1; do sleep 1; done
}

end_orphans() { # Of an nginx that was killed the workers live on, and hold its ports.
    local pid
    for pid in $(ss --no-header --listening --tcp --numeric --processes \
        "( sport = :$HTTP_PORT or sport = :$HTTPS_PORT )" | grep -o 'nginx",pid=[0-9]*' | grep -o '[0-9]*$' | sort -u); do
        kill -QUIT "$pid" || true
    done
}

watch() { # A night that is missed tells nobody by itself, nor does a server that is down.
    cd "$clone"
    while sleep "${WATCH_SECONDS:-600}"; do
        .venv/bin/commune-coverage health "$COUNTRY" --data-dir "$instance/data" --maps-dir "$instance/maps" --alert || true
    done
}

case ${1:?postgres, server, worker, nginx, watch or prefect} in
postgres) exec "$(postgres_bin)/postgres" -D "$instance/postgres" ;;
server)
    prefect_environment
    wait_for "$(postgres_bin)/pg_isready" --host "$instance/run" --dbname prefect
    exec .venv/bin/prefect server start --host 127.0.0.1 --port "$API_PORT"
    ;;
worker)
    prefect_environment
    umask 022 # nginx reads the maps
    wait_for curl --silent --fail "$PREFECT_API_URL/health"
    # A run may outlive its worker: it ends before its state is judged.
    flock "$instance/data/.lock" true
    # In /tmp Prefect would use a folder of a fixed name, which another user may have made.
    export TMPDIR=$instance/tmp
    rm -rf "${TMPDIR:?}"/*
    .venv/bin/python -m pipelines.recover_crashed_runs "$pool"
    exec .venv/bin/prefect worker start --pool "$pool" --type process --name "$(hostname)"
    ;;
watch) watch ;;
nginx)
    end_orphans
    exec nginx -e stderr -c "$instance/nginx.conf" -g 'daemon off;'
    ;;
prefect)
    prefect_environment
    exec .venv/bin/"$@"
    ;;
*)
    echo "run.sh: there is no service '$1'" >&2
    exit 2
    ;;
esac
