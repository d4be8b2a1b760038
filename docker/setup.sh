#!/bin/sh
# Makes every file that compose.yaml needs: secrets, the databases' roles, Synapse's and Frontdesk's configuration. It runs once, in the
# setup service, and refuses to run again: new secrets would lock the services out of each other.
#
# Directories may be named otherwise by environment (CONFIG, SECRETS, SYNAPSE), which the test does.
set -eu
umask 077
: "${DOMAIN:?}" "${PUBLIC_URL:?}" "${HOMESERVER_URL:?}" "${ORIGINS:?}" "${STAFF:?}" "${ADMINS:?}"
config=${CONFIG:-/config}
secrets=${SECRETS:-/run/secrets}
synapse=${SYNAPSE:-/synapse}

if [ -e "$config/homeserver.yaml" ] || [ -e "$secrets/postgres_password" ]; then
  echo "setup: data/ is there already; nothing was changed. To begin anew, remove docker/data and the volumes." >&2
  exit 1
fi
mkdir -p "$config" "$secrets"

random() { head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }

synapse_password=$(random)
frontdesk_password=$(random)
random >"$secrets/postgres_password"
cat >"$secrets/postgres_databases.sql" <<SQL
CREATE ROLE synapse LOGIN PASSWORD '$synapse_password';
CREATE ROLE frontdesk LOGIN PASSWORD '$frontdesk_password';
CREATE DATABASE synapse OWNER synapse ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;
CREATE DATABASE frontdesk OWNER frontdesk ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE synapse, frontdesk FROM PUBLIC;
SQL
echo "postgres://frontdesk:$frontdesk_password@postgres/frontdesk?sslmode=disable" >"$secrets/frontdesk_database_uri"

cat >"$secrets/synapse_secrets.yaml" <<YAML
database:
  name: psycopg2
  args: {user: synapse, password: $synapse_password, dbname: synapse, host: postgres, cp_min: 5, cp_max: 10}
macaroon_secret_key: $(random)
form_secret: $(random)
registration_shared_secret: $(random)
YAML
# Synapse's own format: algorithm, a name for the key, and the 32 bytes of its seed.
echo "ed25519 a_$(random | head -c 6) $(head -c 32 /dev/urandom | base64 | tr -d '=\n')" >"$secrets/synapse_signing_key"

frontdesk init --domain "$DOMAIN" --homeserver http://synapse:8008 --public-url "$PUBLIC_URL" --origin "$ORIGINS" \
  --staff "$STAFF" --admin "$ADMINS" --dir "$config" --secrets "$secrets" \
  --set appservice.address=http://frontdesk:29330 --set appservice.listen=0.0.0.0:29330 \
  --set gateway.listen=0.0.0.0:8090 --set gateway.trusted_proxies='[172.16.0.0/12, 192.168.0.0/16]' --set gateway.spool.dir=/data/spool \
  --set database.type=postgres --set 'database.uri=""' --set "database.uri_file=$secrets/frontdesk_database_uri" >/dev/null
mv "$config/registration.yaml" "$secrets/synapse_registration.yaml"
mv "$config/registration-staff.yaml" "$secrets/synapse_registration_staff.yaml"

cat >"$config/homeserver.yaml" <<YAML
# Synapse for Frontdesk. Its database and secrets are in data/secrets/synapse_secrets.yaml.
server_name: $DOMAIN
public_baseurl: $HOMESERVER_URL
pid_file: /data/homeserver.pid
listeners:
  - {port: 8008, type: http, tls: false, x_forwarded: true, bind_addresses: ['0.0.0.0'], resources: [{names: [client, federation]}]}
media_store_path: /data/media
signing_key_path: /run/secrets/synapse_signing_key
report_stats: false
# No federation: remove this line to allow it.
federation_domain_whitelist: []
trusted_key_servers: []
app_service_config_files:
  - /run/secrets/synapse_registration
  - /run/secrets/synapse_registration_staff
# Operators answer several people at once; the defaults refuse the 10th quick message and the 11th accepted invite.
rc_message: {per_second: 5, burst_count: 50}
rc_joins:
  local: {per_second: 1, burst_count: 50}
max_upload_size: 50M
YAML

# Each file belongs to the service that reads it: a file's owner and mode are all that compose takes over into a container.
if [ "$(id -u)" = 0 ]; then
  chown 999:999 "$secrets"/postgres_*
  chown 991:991 "$secrets"/synapse_* "$config/homeserver.yaml"
  chown 10001:10001 "$secrets"/frontdesk_* "$config/config.yaml"
  [ ! -d "$synapse" ] || chown 991:991 "$synapse"
fi
chmod 0755 "$config"
chmod 0700 "$secrets"
chmod 0400 "$secrets"/*
echo "setup: done. Next: docker compose up -d"
