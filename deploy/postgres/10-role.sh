#!/bin/bash
# Run once by the image, when the data folder is empty: a role that owns its database and no more.
set -euo pipefail
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/database_password)" \
  --username="$POSTGRES_USER" --dbname=postgres <<'SQL'
create role tallygate login password :'password';
create database tallygate owner tallygate;
revoke connect on database tallygate from public;
SQL
