#!/bin/sh
# Makes every file that compose.yaml needs: secrets, the databases' roles, Synapse's and Frontdesk's configuration. It runs once, in the
# setup service, and refuses to run again: new secrets would lock the services out of each other.
#
# Directories may be named otherwise by environment (CONFIG, SECRETS, SYNAPSE), which the test does.
set -eu
umask 077
: "${DOMAIN:?}" "${PUBLIC_URL:?}" "${HOMESERVER_URL:?}" "${ORIGINS:?}" "${STAFF:?}" "${ADMINS:?}" "${RTC_HOST:?}" "${PUBLIC_IP:?}"
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

livekit_secret=$(random)
echo "frontdesk: $livekit_secret" >"$secrets/livekit_keys"
cat >"$secrets/livekit.yaml" <<YAML
port: 7880
keys: {frontdesk: $livekit_secret}
rtc: {tcp_port: 7881, udp_port: 7882, node_ip: $PUBLIC_IP, use_external_ip: false}
# Rooms are made by lk-jwt-service alone, for those whom the homeserver knows.
room: {auto_create: false}
# By this it learns who left without a word.
webhook: {api_key: frontdesk, urls: ["http://lk-jwt-service:8080/sfu_webhook"]}
YAML
turn_secret=$(random)
echo "$turn_secret" >"$secrets/frontdesk_turn_secret"
cat >"$secrets/coturn.conf" <<CONF
listening-port=3478
min-port=49160
max-port=49359
external-ip=$PUBLIC_IP
realm=$DOMAIN
use-auth-secret
static-auth-secret=$turn_secret
fingerprint
no-cli
no-multicast-peers
denied-peer-ip=0.0.0.0-0.255.255.255
denied-peer-ip=10.0.0.0-10.255.255.255
denied-peer-ip=100.64.0.0-100.127.255.255
denied-peer-ip=127.0.0.0-127.255.255.255
denied-peer-ip=169.254.0.0-169.254.255.255
denied-peer-ip=172.16.0.0-172.31.255.255
denied-peer-ip=192.168.0.0-192.168.255.255
denied-peer-ip=::1
denied-peer-ip=fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
denied-peer-ip=fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff
allowed-peer-ip=$PUBLIC_IP
CONF

frontdesk init --domain "$DOMAIN" --homeserver http://synapse:8008 --public-url "$PUBLIC_URL" --origin "$ORIGINS" \
  --calls "https://$RTC_HOST/jwt" --set "calls.public_ips=['$PUBLIC_IP']" \
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
# Calls: where clients get tokens for LiveKit, and what they need of the homeserver.
experimental_features: {msc4143_enabled: true, msc4222_enabled: true}
matrix_rtc:
  transports: &transports [{type: livekit, livekit_service_url: "https://$RTC_HOST/jwt"}]
extra_well_known_client_content: {org.matrix.msc4143.rtc_foci: *transports}
max_event_delay_duration: 24h
rc_delayed_event_mgmt: {per_second: 1, burst_count: 20}
YAML

# Each file belongs to the service that reads it: a file's owner and mode are all that compose takes over into a container.
if [ "$(id -u)" = 0 ]; then
  chown 999:999 "$secrets"/postgres_*
  chown 991:991 "$secrets"/synapse_* "$config/homeserver.yaml"
  chown 10001:10001 "$secrets"/frontdesk_* "$config/config.yaml"
  chown 65532:65532 "$secrets"/livekit*
  chown 65534:65534 "$secrets/coturn.conf"
  [ ! -d "$synapse" ] || chown 991:991 "$synapse"
fi
chmod 0755 "$config"
chmod 0700 "$secrets"
chmod 0400 "$secrets"/*
echo "setup: done. Next: docker compose up -d"
