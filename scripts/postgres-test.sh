#!/usr/bin/env bash
# A private PostgreSQL for tests: own folder, loopback only, durability off. Never use it for data you want to keep.
#
#   scripts/postgres-test.sh run COMMAND…   start one in a fresh folder, run COMMAND with KYODAKU_TEST_POSTGRES set, stop it;
#                                           where that is set already, use the server it names
#   scripts/postgres-test.sh env            start or reuse the one of this user, print the export line for eval
#   scripts/postgres-test.sh start          the same, silently
#   scripts/postgres-test.sh stop           stop that one and remove its folder
#
# The folder of the reusable one is $KYODAKU_TEST_POSTGRES_DIR, or kyodaku-postgres-UID in the folder for temporary files.
set -euo pipefail

say() { printf 'postgres-test: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }

dir=${KYODAKU_TEST_POSTGRES_DIR:-${TMPDIR:-/tmp}/kyodaku-postgres-$(id -u)}

# The server's programs: Debian keeps them out of PATH, one folder a version; the newest wins.
find_bin() {
	local found
	found=$(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -V | tail -n 1)
	if [ -n "$found" ] && [ -x "$found/initdb" ]; then
		printf '%s\n' "$found"
	elif found=$(command -v initdb); then
		dirname "$found"
	else
		die "no initdb found: install PostgreSQL 15 or newer (Debian: apt-get install postgresql), or set KYODAKU_TEST_POSTGRES to a server of your own"
	fi
}

# initdb and postgres refuse to run as root; the package's own user exists wherever root installed it.
as_owner() {
	if [ "$(id -u)" -eq 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		(cd / && "$@")
	fi
}

free_port() {
	local port
	for _ in $(seq 50); do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 40000))
		if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			printf '%s\n' "$port"
			return
		fi
	done
	die "no free port found"
}

url() { printf 'postgres://postgres@127.0.0.1:%s/postgres?sslmode=disable\n' "$(cat "$dir/port")"; }

running() { [ -f "$dir/port" ] && [ -f "$dir/data/postmaster.pid" ] && as_owner "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; }

make_cluster() {
	rm -rf "$dir"
	mkdir -m 0700 -p "$dir"
	if [ "$(id -u)" -eq 0 ]; then
		id postgres >/dev/null 2>&1 || die "running as root needs the user postgres (Debian: apt-get install postgresql)"
		chown postgres "$dir"
	fi
	as_owner "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir.log" 2>&1 ||
		{ cat "$dir.log" >&2; die "initdb failed"; }
	rm -f "$dir.log"
	as_owner tee -a "$dir/data/postgresql.conf" >/dev/null <<-CONF
		listen_addresses = '127.0.0.1'
		unix_socket_directories = '$dir'
		max_connections = 300
		shared_buffers = 128MB
		fsync = off
		full_page_writes = off
		synchronous_commit = off
		timezone = 'UTC'
		log_min_messages = warning
	CONF
}

start() {
	if running; then return; fi
	make_cluster
	local port
	for _ in 1 2 3 4 5; do
		port=$(free_port)
		if as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -o "-p $port" -w -t 60 start >/dev/null 2>&1; then
			printf '%s\n' "$port" >"$dir/port"
			return
		fi
	done
	cat "$dir/log" >&2 || true
	die "the server did not start"
}

stop() {
	if running; then as_owner "$bin/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null; fi
	rm -rf "$dir"
}

if [ "${1:-}" = run ] && [ -n "${KYODAKU_TEST_POSTGRES:-}" ]; then
	shift
	exec "$@"
fi
bin=$(find_bin)
case "${1:-}" in
run)
	shift
	[ $# -gt 0 ] || die "run needs a command"
	dir=$(mktemp -d "${TMPDIR:-/tmp}/kyodaku-postgres-XXXXXX")
	trap stop EXIT
	trap 'exit 130' INT TERM
	start
	KYODAKU_TEST_POSTGRES=$(url) "$@"
	;;
env)
	start
	printf "export KYODAKU_TEST_POSTGRES='%s'\n" "$(url)"
	;;
start) start ;;
stop) stop ;;
*) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
