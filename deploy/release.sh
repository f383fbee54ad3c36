#!/usr/bin/env bash
# Releases side by side: each commit in a folder of its own beside the clone, with packages of its own. A run at work
# keeps the files that it began with; the services are pointed at another folder, and back. docs/production.md tells more.
set -euo pipefail
source "$(dirname "$0")/instance.sh"

main=$(dirname "$(git -C "$clone" rev-parse --path-format=absolute --git-common-dir)")
releases=$main-releases
record=$instance/releases # a line for each switch that succeeded: time and folder
pointed=$instance/.release # the folder that the services were last pointed at, whether that succeeded or not

usage() {
    echo "usage: deploy/release.sh COMMIT | back | list"
    echo "  COMMIT  set up that commit, tag or branch in a folder of its own and switch to it"
    echo "  back    switch to the release before; after a switch that failed, to the one that last worked"
    echo "  list    the switches so far"
}

of_commit() { # COMMIT: its folder, made where it is not there
    local commit folder
    commit=$(git -C "$main" rev-parse --verify --quiet --short=12 "$1^{commit}") || {
        echo "release: '$1' is no commit of $main; git fetch first?" >&2
        return 1
    }
    folder=$releases/$commit
    [[ -d $folder ]] || git -C "$main" worktree add --quiet --detach "$folder" "$commit" >&2
    echo "$folder"
}

switch() { # FOLDER
    echo "release: switching to $1"
    echo "$1" >"$pointed"
    "$1/deploy/set_up.sh"
    echo "$(date --utc +%Y-%m-%dT%H:%M:%SZ) $1" >>"$record"
}

folders() { cut --delimiter=' ' --fields=2- "$record" 2>/dev/null || true; }

before() { # the folder to go back to
    local current last
    current=$(cat "$pointed" 2>/dev/null || true)
    last=$(folders | tail -1)
    if [[ $current == "$last" ]]; then last=$(folders | grep --invert-match --line-regexp --fixed-strings -- "$last" | tail -1); fi
    [[ -n $last ]] || { echo "release: there is no release before" >&2; return 1; }
    echo "$last"
}

[[ $# == 1 ]] || { usage >&2; exit 2; }
mkdir -p "$instance"
case $1 in
    -h | --help) usage ;;
    list) cat "$record" 2>/dev/null || echo "release: none so far" ;;
    back) folder=$(before) && switch "$folder" ;;
    -*) usage >&2; exit 2 ;;
    *) folder=$(of_commit "$1") && switch "$folder" ;;
esac
