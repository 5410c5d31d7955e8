# Sourced after lib.sh: one vault-server in development mode, in the background, with its data in a folder.
# shellcheck shell=bash

DATA_DIR=${VAULT_DEV_DIR:-$ROOT/.vault-dev}
case $DATA_DIR in /*) ;; *) DATA_DIR=$PWD/$DATA_DIR ;; esac
SERVER_BIN=$(target_dir)/release/vault-server
SERVER_LOG=$DATA_DIR/server.log
READY_LIMIT_S=90
STOP_LIMIT_S=45

# The pid of the server that we started in the data folder, or failure. A recycled pid does not deceive: the process
# must have been started with this very folder.
server_pid() {
    local pid
    pid=$(cat "$DATA_DIR/server.pid" 2>/dev/null) || return 1
    case $pid in '' | *[!0-9]*) return 1 ;; esac
    tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -Fxq -- "$DATA_DIR" || return 1
    printf '%s\n' "$pid"
}

is_ready() { curl -fsS -m 5 -o /dev/null "$URL/health/ready" 2>/dev/null; }

# Whether the running server's program has been built anew since it started.
is_outdated() { ! [ "/proc/$1/exe" -ef "$SERVER_BIN" ]; }

wait_until_ready() { # <pid>
    local begun=$SECONDS
    until is_ready; do
        kill -0 "$1" 2>/dev/null || { tail -n 20 "$SERVER_LOG" >&2; die "the server ended, see $SERVER_LOG"; }
        [ $((SECONDS - begun)) -lt "$READY_LIMIT_S" ] ||
            { tail -n 20 "$SERVER_LOG" >&2; die "the server was not ready in $READY_LIMIT_S s, see $SERVER_LOG"; }
        sleep 0.2
    done
}

# Sets URL.
start_dev_server() {
    local pid port=${VAULT_DEV_PORT:-8080}
    mkdir -p "$DATA_DIR"
    if pid=$(server_pid); then
        URL=http://127.0.0.1:$(<"$DATA_DIR/server.port")
        if ! is_outdated "$pid"; then
            wait_until_ready "$pid"
            say "runs already (pid $pid)"
            return
        fi
        say "starting again with the new build"
        stop_dev_server
    fi
    if port_is_taken "$port"; then
        warn "port $port is taken, using another one"
        port=$(random_free_port)
    fi
    # Any free one: a second vault, or a Prometheus, may have the usual port of the metrics.
    port_is_taken 9090 && export VAULT_SERVER_METRICS_PORT=0
    URL=http://127.0.0.1:$port
    printf '%s\n' "$port" >"$DATA_DIR/server.port"
    # A session of its own, so that Ctrl-C and the end of this shell do not reach it.
    setsid nohup "$SERVER_BIN" dev --data-dir "$DATA_DIR" --port "$port" </dev/null >>"$SERVER_LOG" 2>&1 &
    pid=$!
    disown
    printf '%s\n' "$pid" >"$DATA_DIR/server.pid"
    wait_until_ready "$pid"
    say "started (pid $pid)"
}

stop_dev_server() {
    local pid begun=$SECONDS
    if ! pid=$(server_pid); then
        rm -f "$DATA_DIR/server.pid"
        return
    fi
    kill -TERM "$pid"
    while server_pid >/dev/null && [ $((SECONDS - begun)) -lt "$STOP_LIMIT_S" ]; do sleep 0.1; done
    if server_pid >/dev/null; then
        warn "the server ($pid) did not stop in $STOP_LIMIT_S s, ending it"
        kill -KILL "$pid"
    fi
    rm -f "$DATA_DIR/server.pid"
    say "stopped (pid $pid)"
}
