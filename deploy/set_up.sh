#!/usr/bin/env bash
# Set up an instance on a Debian machine, or bring one up to date: database, Prefect server, worker, nginx.
# What is there already stays as it is, so it can be repeated. docs/production.md tells more.
set -euo pipefail
source "$(dirname "$0")/instance.sh"
source "$clone/tools/debian.sh"
cd "$clone"
umask 022

say() { echo "set-up: $*"; }
is_root() { [[ $(id -u) == 0 ]]; }
fingerprint() { { echo "$clone"; cat "$@"; } | cksum | tr ' ' -; } # FILE...: of this folder

needed_packages() {
    echo nginx postgresql openssl curl iproute2 procps python3-venv
    echo libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 # of the briefs
    [[ -d /run/systemd/system ]] || echo supervisor
}

install_packages() {
    local package missing
    mapfile -t missing < <(missing_packages $(needed_packages))
    [[ ${#missing[@]} == 0 ]] && return
    is_root || { say "as root, apt-get install ${missing[*]}"; return 1; }
    say "installing ${missing[*]}"
    install_without_starting "${missing[@]}"
    # Debian's own services of these packages run as root, or listen where nobody asked them to.
    for package in "${missing[@]}"; do
        if [[ -e /etc/init.d/$package ]]; then update-rc.d "$package" disable; fi
    done
}

make_settings() {
    [[ -f $instance/settings.env ]] && return
    say "writing $instance/settings.env"
    mkdir -p "$instance"
    local user supervision=supervisord web_user
    if is_root; then user=commune-coverage; else user=$(id -un); fi
    web_user=$user
    if [[ -d /run/systemd/system ]]; then supervision=systemd web_user=www-data; fi
    sed -e "s|@SERVICE_USER@|$user|; s|@WEB_USER@|$web_user|; s|@SUPERVISION@|$supervision|" \
        -e "s|@HOST@|${SERVER_NAME:-$(hostname -f)}|; s|@INSTANCE@|$instance|" deploy/settings.env \
        >"$instance/settings.env"
}

make_user() {
    id "$SERVICE_USER" >/dev/null 2>&1 && return
    say "adding the system user $SERVICE_USER"
    useradd --system --user-group --home-dir "$instance" --shell /usr/sbin/nologin "$SERVICE_USER"
}

make_folders() {
    local owner=()
    install -d -m 755 "$instance"
    if is_root; then owner=(--owner="$SERVICE_USER" --group="$(id -gn "$SERVICE_USER")"); fi
    install -d -m 700 "${owner[@]}" "$instance"/{secrets,postgres,prefect,data,country,log,run,tmp}
    install -d -m 755 "${owner[@]}" "$instance/maps"
    if is_root; then owner=(--owner="$WEB_USER" --group="$(id -gn "$WEB_USER")"); fi
    install -d -m 755 "${owner[@]}" "$instance"/{tls,web}
}

# Root writes nothing in folders that a service may write in: a link there could lead it anywhere.
write_as() { # USER FILE: what comes in, closed to others
    as "$1" bash -c 'umask 077; cat >"$0"' "$2"
}

make_secrets() {
    local password
    [[ -f $instance/secrets/tokens.env ]] || write_as "$SERVICE_USER" "$instance/secrets/tokens.env" </dev/null
    [[ -f $instance/secrets/prefect.env ]] && return
    say "making the password of the Prefect server: $instance/secrets/prefect.env"
    password=$(openssl rand -hex 24)
    printf 'PREFECT_%s_AUTH_STRING=admin:%s\n' SERVER_API "$password" API "$password" |
        write_as "$SERVICE_USER" "$instance/secrets/prefect.env"
}

make_certificate() {
    [[ -f $instance/tls/certificate.pem ]] && return
    say "making a self-signed certificate for $SERVER_NAME"
    # openssl closes the key to others by itself.
    as "$WEB_USER" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 \
        -subj "/CN=$SERVER_NAME" -addext "subjectAltName=DNS:$SERVER_NAME" \
        -keyout "$instance/tls/key.pem" -out "$instance/tls/certificate.pem" 2>/dev/null
}

make_database() {
    [[ -f $instance/postgres/PG_VERSION ]] && return
    say "making the database"
    local bin
    bin=$(postgres_bin)
    as_service "$bin/initdb" -D "$instance/postgres" --encoding=UTF8 --locale=C.UTF-8 \
        --auth-local=peer --auth-host=reject >/dev/null
    as_service tee -a "$instance/postgres/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$instance/run'
unix_socket_permissions = 0700
CONF
    as_service "$bin/postgres" --single -D "$instance/postgres" postgres >/dev/null 2>&1 \
        <<<'CREATE DATABASE prefect'
}

filled_in() { # TEMPLATE: with the instance's values for its @NAMES@
    local suffix=""
    [[ $HTTPS_PORT == 443 ]] || suffix=:$HTTPS_PORT
    sed -e "s|@INSTANCE@|$instance|g; s|@CLONE@|$clone|g; s|@SERVICE_USER@|$SERVICE_USER|g; s|@WEB_USER@|$WEB_USER|g" \
        -e "s|@LISTEN@|$LISTEN|g; s|@HTTP_PORT@|$HTTP_PORT|g; s|@HTTPS_PORT@|$HTTPS_PORT|g; s|@HTTPS_SUFFIX@|$suffix|g" \
        -e "s|@SERVER_NAME@|$SERVER_NAME|g" "$1"
}

write_filled_in() { # TEMPLATE FILE
    filled_in "$1" | cmp --quiet - "$2" && return
    say "writing $2"
    mkdir -p "$(dirname "$2")"
    filled_in "$1" >"$2"
}

write_configuration() {
    write_filled_in deploy/nginx.conf "$instance/nginx.conf"
    if [[ $SUPERVISION == supervisord ]]; then
        write_filled_in deploy/supervisord.conf "$instance/supervisord.conf"
        return
    fi
    local units=/etc/systemd/system
    write_filled_in deploy/systemd/commune-coverage@.service $units/commune-coverage@.service
    write_filled_in deploy/systemd/commune-coverage.target $units/commune-coverage.target
    write_filled_in deploy/systemd/nginx.conf $units/commune-coverage@nginx.service.d/own.conf
    write_filled_in deploy/systemd/postgres.conf $units/commune-coverage@postgres.service.d/own.conf
    systemctl daemon-reload
}

start_supervisord() {
    local as=()
    # The right to bind ports below 1024 is all that is left of root.
    if is_root; then
        as=(setpriv --reuid="$SERVICE_USER" --regid="$(id -g "$SERVICE_USER")" --clear-groups --no-new-privs
            --{inh-caps,ambient-caps,bounding-set}=-all,+net_bind_service)
    fi
    "${as[@]}" env -i PATH="$PATH" LANG=C.UTF-8 supervisord -c "$instance/supervisord.conf"
}

all_run() {
    local service
    for service in "${services[@]}"; do is_running "$service" >/dev/null 2>&1 || return; done
}

start_services() {
    local started
    started=$(fingerprint "$instance"/{settings.env,nginx.conf} "$instance"/secrets/*.env deploy/{run,instance}.sh \
        deploy/supervisord.conf deploy/systemd/* requirements/run.txt pipelines/recover_crashed_runs.py)
    all_run && [[ $(cat "$instance/.started" 2>/dev/null) == "$started" ]] && return
    say "starting the services"
    if [[ $SUPERVISION == systemd ]]; then
        systemctl enable --quiet commune-coverage.target
        systemctl restart commune-coverage.target
    elif control pid >/dev/null 2>&1; then
        control update >/dev/null
        control restart all >/dev/null
    else
        start_supervisord
    fi
    echo "$started" >"$instance/.started"
}

wait_for_server() {
    curl --silent --fail --output /dev/null --retry 180 --retry-delay 1 --retry-connrefused \
        "http://127.0.0.1:$API_PORT/api/health" && return
    say "the Prefect server does not answer; deploy/check.sh says more"
    return 1
}

prefect() { as_service deploy/run.sh prefect --no-prompt "$@" >/dev/null; }

deploy_flows() {
    local deployed
    deployed=$(fingerprint prefect.yaml pipelines/*.py "$instance/settings.env")
    [[ $(as_service deploy/run.sh prefect variable get deployed 2>/dev/null) == *"$deployed"* ]] && return
    say "deploying the flows"
    prefect work-pool create "$pool" --type process --overwrite
    prefect work-pool set-concurrency-limit "$pool" 1
    COMMUNE_COVERAGE_COUNTRY=$COUNTRY COMMUNE_COVERAGE_TIME_ZONE=$TIME_ZONE \
        COMMUNE_COVERAGE_DATA_DIR=$instance/data COMMUNE_COVERAGE_MAPS_DIR=$instance/maps \
        COMMUNE_COVERAGE_NIGHTLY_CRON=$NIGHTLY_CRON COMMUNE_COVERAGE_SOURCES_CRON=$SOURCES_CRON \
        prefect deploy --all
    prefect variable set deployed "$deployed" --overwrite
}

install_packages
make_settings
load_settings
make_user
make_folders
PYTHON=${PYTHON:-/usr/bin/python3} tools/setup.sh run
make_secrets
make_certificate
make_database
write_configuration
start_services
wait_for_server
deploy_flows
say "done; deploy/check.sh checks it"
