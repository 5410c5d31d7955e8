# Sourced by the scripts beside it: where things are, how to speak, how to find a free port.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# A fresh rustup does not reach the PATH of the shell that called make.
export PATH="${CARGO_HOME:-${HOME:-/root}/.cargo}/bin:$PATH"
# Where scripts/setup puts Go where the system's is too old.
GO_HOME=${XDG_DATA_HOME:-${HOME:-/root}/.local/share}/llm-data-vault/go
export PATH="$GO_HOME/bin:$PATH"

say() { printf '%s: %s\n' "${0##*/}" "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { warn "$*"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# The folder cargo builds into, as an absolute path.
target_dir() {
    local dir=${CARGO_TARGET_DIR:-target}
    case $dir in
        /*) printf '%s\n' "$dir" ;;
        *) printf '%s/%s\n' "$ROOT" "$dir" ;;
    esac
}

# Whether something listens on this loopback port.
port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# A port below the range that the kernel hands out to outgoing connections.
random_free_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000))
        port_is_taken "$port" || { printf '%s\n' "$port"; return; }
    done
    die "no free port found between 20000 and 32000"
}

# The newest PostgreSQL server binaries of version 15 or later; empty when there are none.
postgres_bin() {
    local dir version best='' best_version=14
    if [ -n "${VAULT_POSTGRES_BIN:-}" ]; then
        printf '%s\n' "$VAULT_POSTGRES_BIN"
        return
    fi
    for dir in /usr/lib/postgresql/*/bin; do
        [ -x "$dir/initdb" ] || continue
        version=${dir%/bin}
        version=${version##*/}
        case $version in '' | *[!0-9]*) continue ;; esac
        [ "$version" -gt "$best_version" ] && best=$dir best_version=$version
    done
    printf '%s\n' "$best"
}

# Programs from PyPI live in folders of their own: other requirements get another folder.
python_home() { # <name> <requirements>
    local version
    version=$(sha256sum "$ROOT/scripts/$2" | cut -c1-12)
    printf '%s/llm-data-vault/%s-%s\n' "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}" "$1" "$version"
}

install_python_home() { # <name> <requirements>
    local home
    home=$(python_home "$1" "$2")
    [ ! -e "$home/complete" ] || return 0
    say "fetching $1"
    rm -rf -- "$home"
    # Last comes what is looked for.
    if ! { python3 -m venv "$home" &&
        "$home/bin/pip" install -q --disable-pip-version-check -r "$ROOT/scripts/$2" &&
        touch "$home/complete"; }; then
        rm -rf -- "$home"
        die "could not fetch $1 from PyPI"
    fi
}
