#!/bin/sh
# Makes the secrets that compose.yaml names, once; one that is there stays as it is.
set -eu
folder="$(cd "$(dirname "$0")" && pwd)/secrets"
mkdir -p "$folder"
# The containers' users must be able to read a file; nobody else may enter the folder.
chmod 700 "$folder"
umask 022

token() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { [ -s "$folder/$1" ] || printf '%s' "$2" > "$folder/$1"; }

for name in admin_token nextauth_secret encryption_key cron_secret metrics_token \
  postgres_password database_password redis_password grafana_password; do
  keep "$name" "$(token)"
done
keep database_url "postgres://tallygate:$(cat "$folder/database_password")@postgres:5432/tallygate"
keep redis_url "redis://default:$(cat "$folder/redis_password")@redis:6379"
keep redis_acl "user default on >$(cat "$folder/redis_password") ~* &* +@all
"
echo "The secrets are in $folder. Keep encryption_key elsewhere too: without it no API key works."
