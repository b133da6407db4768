#!/usr/bin/env bash
# Measures delivery on this machine: by each signer, unsigned, and beside Postfix without and with OpenDKIM, all in
# one run. Debian, as root: it installs postfix and opendkim where they are missing and starts its own instances on
# loopback. Figures of different runs cannot be compared; ratios within a run can.
#
#   scripts/bench-deliver.sh [RECIPIENTS]
set -euo pipefail
cd "$(dirname "$0")/.."
recipients=${1:-50000}
work=$(mktemp -d /tmp/kyodaku-bench-XXXXXX)
chmod 755 "$work"
milter=
cleanup() {
	[ -f "$work/etc/main.cf" ] && postfix -c "$work/etc" stop >/dev/null 2>&1 || true
	[ -n "$milter" ] && kill "$milter" 2>/dev/null || true
	rm -rf "$work"
}
trap cleanup EXIT

for need in postfix opendkim; do
	if ! command -v $need >/dev/null && [ ! -x /usr/sbin/$need ]; then
		printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
		DEBIAN_FRONTEND=noninteractive apt-get install -y -q $need >/dev/null
		rm -f /usr/sbin/policy-rc.d
	fi
done
command -v opendkim-genkey >/dev/null || DEBIAN_FRONTEND=noninteractive apt-get install -y -q opendkim-tools >/dev/null

go build -o "$work/kyodaku" ./cmd/kyodaku

# A Postfix that takes everything from this machine, keeps it durably and hands it to our sink.
mkdir "$work/etc" "$work/queue" "$work/data" "$work/dkim"
chown postfix "$work/data"
cat >"$work/etc/main.cf" <<CF
compatibility_level = 3.6
queue_directory = $work/queue
data_directory = $work/data
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = $work/maillog
maillog_file_prefixes = $work
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = peer.example
mydestination =
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtp_tls_security_level = none
smtp_destination_concurrency_limit = 100
default_destination_concurrency_limit = 100
initial_destination_concurrency = 50
default_process_limit = 200
qmgr_message_active_limit = 50000
relayhost = [127.0.0.1]:2526
smtp_host_lookup = native
disable_dns_lookups = yes
smtputf8_enable = no
CF
cat >"$work/etc/master.cf" <<CF
127.0.0.1:2525 inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CF
postfix -c "$work/etc" start 2>/dev/null

opendkim-genkey -b 2048 -d sender.example -s bench -D "$work/dkim"
cat >"$work/opendkim.conf" <<CF
Syslog no
Mode s
Domain sender.example
Selector bench
KeyFile $work/dkim/bench.private
Canonicalization relaxed/relaxed
Socket inet:2527@127.0.0.1
InternalHosts 127.0.0.0/8
RequireSafeKeys no
CF
opendkim -f -x "$work/opendkim.conf" &
milter=$!

bench() { "$work/kyodaku" bench deliver --recipients "$recipients" "$@"; }
openssl speed -multi "$(nproc)" -seconds 3 rsa2048 2>/dev/null | tail -1
for signer in libcrypto go relay; do
	printf '\n== signer %s ==\n' "$signer"
	bench --signer "$signer" 2>/dev/null
done
printf '\n== beside Postfix without DKIM ==\n'
bench --signer libcrypto --peer 127.0.0.1:2525 2>/dev/null
postconf -c "$work/etc" -e smtpd_milters=inet:127.0.0.1:2527 milter_default_action=tempfail
postfix -c "$work/etc" reload 2>/dev/null
sleep 2
printf '\n== beside Postfix with OpenDKIM ==\n'
bench --signer libcrypto --peer 127.0.0.1:2525 --peer-mails 10000 2>/dev/null
