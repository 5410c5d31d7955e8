#!/usr/bin/env bash
# Makes the secrets of compose.yaml in deploy/secrets, each a file that one user may read. Run as root, once: what is
# there already is kept, because without root_key nothing that was stored can ever be read again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

[ "$(id -u)" = 0 ] || { echo "run as root: the files belong to the users of the containers" >&2; exit 1; }

# user postgres of the image postgres, and nonroot of the image of the vault
POSTGRES_UID=999
VAULT_UID=65532

umask 077
mkdir -p secrets
chmod 711 secrets

random_hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

# <name> <uid>, the content on stdin. Linked into place, so that a file is whole or not there.
keep() {
    local new
    if [ -e "secrets/$1" ]; then
        cat >/dev/null
        return
    fi
    new=$(mktemp secrets/.new.XXXXXXXX)
    cat >"$new"
    chmod 400 "$new"
    chown "$2:$2" "$new"
    sync "$new"
    ln "$new" "secrets/$1"
    rm -f "$new"
    echo "made secrets/$1"
}

random_hex 24 | keep superuser_password "$POSTGRES_UID"
random_hex 24 | keep owner_password "$POSTGRES_UID"
random_hex 24 | keep app_password "$POSTGRES_UID"
printf 'postgres://vault_owner:%s@database:5432/vault' "$(<secrets/owner_password)" | keep owner_url "$VAULT_UID"
printf 'postgres://vault_app:%s@database:5432/vault' "$(<secrets/app_password)" | keep database_url "$VAULT_UID"
random_hex 48 | keep jwt_secret "$VAULT_UID"
printf 'vault-local-key-v1\n%s\n' "$(random_hex 32)" | keep root_key "$VAULT_UID"
