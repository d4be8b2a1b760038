package devstack

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"gopkg.in/yaml.v3"
)

// synapseSecrets outlive a restart on the same directory, else every session would be lost.
type synapseSecrets struct {
	Registration, Macaroon, Form string
}

// configure writes homeserver.yaml and what it refers to.
func (s *Synapse) configure(o SynapseOptions) error {
	var secrets synapseSecrets
	text, err := keepFile(filepath.Join(s.Dir, "secrets.json"), func() string {
		text, _ := json.Marshal(synapseSecrets{rand.Text(), rand.Text(), rand.Text()}) // three strings always encode
		return string(text)
	})
	if err == nil {
		err = json.Unmarshal([]byte(text), &secrets)
	}
	if err != nil {
		return fmt.Errorf("read Synapse's secrets: %w", err)
	}
	s.Secret = secrets.Registration
	if _, err := keepFile(filepath.Join(s.Dir, "signing.key"), signingKey); err != nil {
		return err
	}
	config, err := s.config(o, secrets)
	if err != nil {
		return err
	}
	for name, content := range map[string]map[string]any{"homeserver.yaml": config, "log.yaml": logConfig()} {
		text, err := yaml.Marshal(content)
		if err != nil {
			return fmt.Errorf("encode %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(s.Dir, name), text, 0o600); err != nil {
			return fmt.Errorf("write Synapse's configuration: %w", err)
		}
	}
	return nil
}

// signingKey makes a key in the format of Python's signedjson.
func signingKey() string {
	var seed [32]byte
	_, _ = rand.Read(seed[:]) // never fails: the runtime ends the program instead
	return "ed25519 a_dev " + base64.RawStdEncoding.EncodeToString(seed[:]) + "\n"
}

func (s *Synapse) config(o SynapseOptions, secrets synapseSecrets) (map[string]any, error) {
	database, err := s.database(o.Postgres)
	if err != nil {
		return nil, err
	}
	registrations := make([]string, len(o.Registrations))
	for i, r := range o.Registrations {
		if registrations[i], err = filepath.Abs(r); err != nil {
			return nil, fmt.Errorf("find registration %s: %w", r, err)
		}
	}
	config := map[string]any{
		"server_name":      Domain,
		"public_baseurl":   s.URL + "/",
		"pid_file":         filepath.Join(s.Dir, "homeserver.pid"),
		"report_stats":     false,
		"log_config":       filepath.Join(s.Dir, "log.yaml"),
		"media_store_path": filepath.Join(s.Dir, "media"),
		"signing_key_path": filepath.Join(s.Dir, "signing.key"),
		"database":         database,
		"listeners": []any{map[string]any{
			"port": s.port, "bind_addresses": []string{"127.0.0.1"}, "type": "http", "tls": false, "x_forwarded": false,
			"resources": []any{map[string]any{"names": []string{"client", "federation"}}},
		}},
		"trusted_key_servers":         []any{},
		"suppress_key_server_warning": true,
		"federation_domain_whitelist": []string{},
		"presence":                    map[string]any{"enabled": false},
		"enable_registration":         false,
		"registration_shared_secret":  secrets.Registration,
		"macaroon_secret_key":         secrets.Macaroon,
		"form_secret":                 secrets.Form,
		"bcrypt_rounds":               4,
		"app_service_config_files":    registrations,
		"max_upload_size":             "50M",
	}
	maps.Copy(config, rateLimits(o.Unlimited))
	if o.TokenService != "" {
		maps.Copy(config, callSettings(o.TokenService))
	}
	maps.Copy(config, o.Extra)
	return config, nil
}

// callSettings are what calls need, as "frontdesk init" advises it. Clients look for the token service at two places.
func callSettings(tokenService string) map[string]any {
	transports := []any{map[string]any{"type": "livekit", "livekit_service_url": tokenService}}
	return map[string]any{
		"matrix_rtc":                      map[string]any{"transports": transports},
		"extra_well_known_client_content": map[string]any{"org.matrix.msc4143.rtc_foci": transports},
		"max_event_delay_duration":        "24h",
		"experimental_features": map[string]any{
			"msc4143_enabled": true, // transports
			"msc4222_enabled": true, // state_after in /sync, by which clients do not miss a membership
			"msc4354_enabled": true, // sticky events, in which newer clients show theirs
		},
	}
}

func (s *Synapse) database(dsn string) (map[string]any, error) {
	if dsn == "" {
		return map[string]any{"name": "sqlite3", "args": map[string]any{"database": filepath.Join(s.Dir, "homeserver.db")}}, nil
	}
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read Synapse's database address: %w", err)
	}
	return map[string]any{"name": "psycopg2", "args": map[string]any{
		"user": c.User, "password": c.Password, "dbname": c.Database, "host": c.Host, "port": c.Port, "cp_min": 2, "cp_max": 8,
	}}, nil
}

// rateLimits are Synapse's own but for what "frontdesk init" tells operators to raise and for logins, of which a test makes many
// from one address.
func rateLimits(unlimited bool) map[string]any {
	limit := func(perSecond, burst int) map[string]any {
		return map[string]any{"per_second": perSecond, "burst_count": burst}
	}
	free := limit(100000, 100000)
	limits := map[string]any{
		"rc_message":            limit(5, 50),
		"rc_joins":              map[string]any{"local": limit(1, 50)},
		"rc_delayed_event_mgmt": limit(1, 20),
		"rc_login":              map[string]any{"address": free, "account": free, "failed_attempts": free},
	}
	if unlimited {
		maps.Copy(limits, map[string]any{
			"rc_message": free, "rc_registration": free, "rc_admin_redaction": free, "rc_joins_per_room": free, "rc_room_creation": free,
			"rc_joins":   map[string]any{"local": free, "remote": free},
			"rc_invites": map[string]any{"per_room": free, "per_user": free, "per_issuer": free},
			"rc_reports": free, "rc_delayed_event_mgmt": free, "rc_media_create": free, "rc_presence": map[string]any{"per_user": free},
		})
	}
	return limits
}

// logConfig sends warnings to standard error, which is our log file.
func logConfig() map[string]any {
	return map[string]any{
		"version":                  1,
		"disable_existing_loggers": false,
		"formatters":               map[string]any{"plain": map[string]any{"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
		"handlers":                 map[string]any{"stderr": map[string]any{"class": "logging.StreamHandler", "formatter": "plain"}},
		"root":                     map[string]any{"level": "WARNING", "handlers": []string{"stderr"}},
	}
}
