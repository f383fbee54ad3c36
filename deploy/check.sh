#!/usr/bin/env bash
# Check an instance, line by line, as root or as the user of the services. Fails when a line does.
set -euo pipefail
source "$(dirname "$0")/instance.sh"
failed=0

check() { # WHAT REMEDY COMMAND...
    if "${@:3}" >/dev/null 2>&1; then
        echo "ok      $1"
    else
        echo "FAILED  $1: $2"
        failed=1
    fi
}

log_of() { # SERVICE
    if [[ $SUPERVISION == systemd ]]; then echo "journalctl -u commune-coverage@$1"
    else echo "$instance/log/$1.log"; fi
}

services_are_not_root() {
    local users ours="$clone/(deploy/run.sh|[.]venv/bin/prefect) |$instance/(postgres|nginx|supervisord)"
    users=$(ps -eo user:32=,args= | awk -v ours="$ours" '$0 ~ ours {print $1}')
    [[ -n $users ]] && ! grep -qx root <<<"$users"
}

secrets_are_closed() {
    local modes
    modes=$(stat -c %a "$instance"/{secrets,postgres,prefect,secrets/*,tls/key.pem} | sort -u)
    [[ $modes == $'600\n700' ]]
}

only_nginx_is_open() {
    local sockets
    sockets=$(ss --no-header --listening --tcp --udp --numeric --extended |
        grep -w "uid:$(id -u "$SERVICE_USER")" | awk '{print $5}')
    grep -qx "127.0.0.1:$API_PORT" <<<"$sockets" &&
        ! grep -Evq "^(127\.|\[::1\])|:($HTTP_PORT|$HTTPS_PORT)$" <<<"$sockets"
}

postgres_listens_on_no_port() {
    [[ $("$(postgres_bin)/psql" --host "$instance/run" --dbname prefect -Atc \
        "SELECT current_setting('listen_addresses') = ''") == t ]]
}

api() { # PATH [BODY]: what the Prefect server answers to one who has the password
    local body=()
    [[ $# == 1 ]] || body=(--json "$2")
    curl --silent --fail --max-time 20 --config <(echo "user = \"$PREFECT_API_AUTH_STRING\"") "${body[@]}" \
        "http://127.0.0.1:$API_PORT/api/$1"
}

asks_for_password() {
    [[ $(curl --silent --max-time 20 --output /dev/null --write-out '%{http_code}' \
        "http://127.0.0.1:$API_PORT/api/version") == 401 ]]
}

pool_is_ready() { [[ $(api "work_pools/$pool") == *'"concurrency_limit":1,'*'"status":"READY"'* ]]; }

all_deployed() {
    [[ $(api deployments/count '{"deployments": {"name": {"any_": ["nightly", "sources", "on-demand"]},
        "paused": {"eq_": false}}}') == 3 ]]
}

next_night_is_planned() {
    [[ $(api flow_runs/count '{"deployments": {"name": {"any_": ["nightly"]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}') -gt 0 ]]
}

last_night_went_well() {
    local ended='{"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}'
    [[ $(api flow_runs/filter "{\"deployments\": {\"name\": {\"any_\": [\"nightly\", \"on-demand\"]}}, \"limit\": 1,
        \"sort\": \"END_TIME_DESC\", \"flow_runs\": {\"state\": $ended}}") == *'"state_type":"COMPLETED"'* ]]
}

shown_run() { basename "$(readlink "$instance/maps/current/run")"; }

maps_are_young() { # by the folder of the run that is shown
    [[ -n $(find -L "$instance/maps/current/run" -maxdepth 0 -mmin "-$((MAPS_MAX_HOURS * 60))") ]]
}

web() { # PORT PATH: headers of nginx's answer
    local address=$LISTEN
    [[ $LISTEN != 0.0.0.0 ]] || address=127.0.0.1
    local scheme=https
    [[ $1 == "$HTTPS_PORT" ]] || scheme=http
    curl --silent --max-time 20 --insecure --resolve "$SERVER_NAME:$1:$address" --output /dev/null --dump-header - \
        "$scheme://$SERVER_NAME:$1$2" | tr -d '\r'
}

answers() { # PORT PATH LINE: that header, or the status, is among the answer's
    web "$1" "$2" | grep -E "^$3"
}

certificate_lasts() { openssl x509 -in "$instance/tls/certificate.pem" -noout -checkend $((14 * 86400)); }

has_space() { [[ $(df --output=avail --block-size=1G "$instance" | tail -1) -ge 5 ]]; }

[[ -f $instance/settings.env ]] || { echo "FAILED  an instance in $instance: run deploy/set_up.sh"; exit 1; }
load_settings
[[ $(id -un) == "$SERVICE_USER" ]] || exec runuser -u "$SERVICE_USER" -- "$0"
load_secrets
for service in "${services[@]}"; do
    check "$service runs" "see $(log_of "$service"), then run deploy/set_up.sh" is_running "$service"
done
check "no service runs as root" "stop them and run deploy/set_up.sh" services_are_not_root
check "secrets are closed to others" "chmod -R go= $instance/{secrets,postgres,prefect,tls/key.pem}" secrets_are_closed
check "PostgreSQL listens on no port" "set listen_addresses = '' in $instance/postgres/postgresql.conf" postgres_listens_on_no_port
check "nothing listens beyond loopback but nginx" "see ss -ltnup" only_nginx_is_open
check "the Prefect server is healthy" "see $(log_of server)" api health
check "without the password it answers 401" "PREFECT_SERVER_API_AUTH_STRING is missing in $instance/secrets/prefect.env" asks_for_password
check "with the password it answers" "both lines of $instance/secrets/prefect.env must name the same" api version
check "a worker is ready, and takes one run at a time" "see $(log_of worker)" pool_is_ready
check "nightly, sources and on-demand are deployed" "run deploy/set_up.sh, or unpause them in Prefect's pages" all_deployed
check "the next night is planned" "see $(log_of server)" next_night_is_planned
check "the last run went well" "see Prefect's pages or $(log_of worker)" last_night_went_well
check "the maps are less than $MAPS_MAX_HOURS hours old" "deploy/run.sh prefect deployment run nightly/on-demand" maps_are_young
check "HTTP leads to HTTPS" "see $(log_of nginx)" answers "$HTTP_PORT" / "Location: https://$SERVER_NAME"
check "the maps are served" "see $(log_of nginx)" answers "$HTTPS_PORT" /index.html "HTTP/1.1 200"
check "pages come with a content security policy" "run deploy/set_up.sh" answers "$HTTPS_PORT" / "Content-Security-Policy: default-src 'none'"
check "folders are not listed" "run deploy/set_up.sh" answers "$HTTPS_PORT" "/$(shown_run)/assets/" "HTTP/1.1 403"
check "nginx does not tell its version" "run deploy/set_up.sh" answers "$HTTPS_PORT" / "Server: nginx$"
check "the certificate lasts two weeks more" "put a new one into $instance/tls, see docs/production.md" certificate_lasts
check "5 GB are free" "remove old runs from $instance/data/runs and $instance/maps/runs" has_space
exit $failed
