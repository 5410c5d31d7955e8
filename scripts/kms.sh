# Sourced by `services` and `setup`: a private moto server, which speaks like AWS KMS, on a free loopback port.
# shellcheck shell=bash

moto_home() { python_home moto moto-requirements.txt; }

have_moto() { [ -e "$(moto_home)/complete" ]; }

install_moto() { install_python_home moto moto-requirements.txt; }

# The pid of our server. Its working folder is its own: a recycled pid does not deceive.
kms_pid() {
    local home=$STATE/kms pid
    pid=$(cat "$home/pid" 2>/dev/null) || return 1
    case $pid in '' | *[!0-9]*) return 1 ;; esac
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "$(readlink -f "$home")" ] || return 1
    printf '%s\n' "$pid"
}

start_kms() {
    local home=$STATE/kms port
    have_moto || die "moto is not there; run scripts/setup test"
    if kms_pid >/dev/null; then
        say "moto runs already on port $(<"$home/port")"
        return
    fi
    stop_kms
    mkdir -p "$home"
    port=$(random_free_port)
    printf '%s\n' "$port" >"$home/port"
    # The lock's descriptor must not live on in the server.
    (
        cd "$home" || exit
        exec 9>&-
        "$(moto_home)/bin/moto_server" -H 127.0.0.1 -p "$port" >"$home/log" 2>&1 &
        echo $! >"$home/pid"
    )
    for _ in {1..300}; do
        if port_is_taken "$port"; then
            say "moto runs on port $port"
            return
        fi
        kms_pid >/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$home/log" >&2
    die "moto did not start"
}

stop_kms() {
    local pid
    if pid=$(kms_pid); then
        kill -KILL "$pid" # what it knows is in its memory alone
        for _ in {1..100}; do
            kms_pid >/dev/null || break
            sleep 0.1
        done
    fi
    rm -rf -- "$STATE/kms"
}
