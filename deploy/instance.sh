# shellcheck shell=bash
# What the scripts of this folder share: where an instance's files are, and its settings. To be sourced.
# An instance is one folder; INSTANCE names another than the machine's own.
clone=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
instance=${INSTANCE:-/var/lib/commune-coverage}
services=(postgres server worker nginx watch)
pool=coverage
export INSTANCE=$instance PATH=$PATH:/usr/sbin:/sbin

load_settings() {
    # shellcheck source=/dev/null
    source "$instance/settings.env"
}

load_secrets() {
    local file
    set -a
    for file in "$instance"/secrets/*.env; do
        # shellcheck source=/dev/null
        source "$file"
    done
    set +a
}

as() { # USER COMMAND...
    if [[ $(id -un) == "$1" ]]; then "${@:2}"; else runuser -u "$1" -- "${@:2}"; fi
}

as_service() { as "$SERVICE_USER" "$@"; } # COMMAND...

postgres_bin() { # programs of the version that made the database, else of the newest
    local version
    version=$(cat "$instance/postgres/PG_VERSION" 2>/dev/null ||
        find /usr/lib/postgresql -mindepth 1 -maxdepth 1 -printf '%f\n' | sort --version-sort | tail -1)
    echo "/usr/lib/postgresql/$version/bin"
}

control() { # VERB [SERVICE...]: of systemctl, or of supervisorctl
    if [[ $SUPERVISION == systemd ]]; then
        systemctl "$1" "${@/#/commune-coverage@}"
    else
        as_service supervisorctl -c "$instance/supervisord.conf" "$@"
    fi
}

is_running() { # SERVICE
    if [[ $SUPERVISION == systemd ]]; then control is-active "$1"; else control status "$1" | grep -w RUNNING; fi
}

prefect_environment() {
    cd "$clone"
    export HOME=$instance/prefect PREFECT_HOME=$instance/prefect PREFECT_UI_STATIC_DIRECTORY=$instance/prefect/ui
    export PREFECT_SERVER_ANALYTICS_ENABLED=false DO_NOT_TRACK=1
    export PREFECT_API_URL=http://127.0.0.1:$API_PORT/api
    export PREFECT_API_DATABASE_CONNECTION_URL="postgresql+asyncpg://$SERVICE_USER@/prefect?host=$instance/run"
    # The clone belongs to another user, so what is compiled is kept here.
    export NUMBA_CACHE_DIR=$instance/prefect/numba
    # The default is memory: a restart of the server during a run would leave the slot of its deployment taken.
    export PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=prefect.server.concurrency.lease_storage.filesystem
    load_secrets
}
