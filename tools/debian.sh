# shellcheck shell=bash
# Debian packages, installed without starting what they bring. To be sourced.

missing_packages() { # PACKAGE...: those that are not installed
    local package
    for package in "$@"; do
        dpkg -s "$package" >/dev/null 2>&1 || echo "$package"
    done
}

install_without_starting() ( # PACKAGE...: as root; meanwhile no package may start a service
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
        trap 'rm -f $policy' EXIT
        install -m 755 /dev/stdin $policy <<<$'#!/bin/sh\nexit 101'
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -qq -y --no-install-recommends "$@" >/dev/null
)
