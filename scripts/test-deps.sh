#!/usr/bin/env bash
# What the tests need beside Go: PostgreSQL, Chromium with a Japanese font, mail servers (Postfix, Exim), a validating
# resolver (Unbound), an SFTP server (OpenSSH), second opinions on DKIM, SPF and DMARC (dkimpy, Rspamd), axe-core.
# On Debian as root it installs what is missing; elsewhere it says what to install and fails. Nothing is left out.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf 'test-deps: %s\n' "$*" >&2; }

# Exim cannot be installed beside Postfix, so that it is unpacked here, where its own user can reach it.
exim=/opt/kyodaku-test/exim4

has_postgres() { [ -n "${KYODAKU_TEST_POSTGRES:-}" ] || command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_chromium() { [ -n "${KYODAKU_TEST_CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
has_font() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=ja family)" ]; }
has_postfix() { command -v postfix >/dev/null || [ -x /usr/sbin/postfix ]; }
has_unbound() { command -v unbound >/dev/null || [ -x /usr/sbin/unbound ]; }
has_dkim() { /usr/bin/python3 -c 'import dkim, nacl' 2>/dev/null; }
has_rspamd() { [ -x /usr/bin/rspamd ]; }
has_exim() { [ -n "${KYODAKU_TEST_EXIM:-}" ] || [ -x /usr/sbin/exim4 ] || { [ -x "$exim/usr/sbin/exim4" ] && id Debian-exim >/dev/null 2>&1; }; }
has_sshd() { [ -x /usr/sbin/sshd ]; }
has_npm() { command -v npm >/dev/null; }
has_ip() { command -v ip >/dev/null || [ -x /sbin/ip ]; }

# Each line: the check, the Debian package, the words for everybody else.
needs='
has_postgres|postgresql|PostgreSQL 15 or newer (initdb), or a server named in KYODAKU_TEST_POSTGRES
has_chromium|chromium|Chromium, or a browser named in KYODAKU_TEST_CHROMIUM
has_font|fontconfig fonts-noto-cjk|a Japanese font (Noto Sans CJK) known to fontconfig
has_postfix|postfix|Postfix, not running
has_dkim|python3-dkim python3-nacl|the modules dkim and nacl of /usr/bin/python3
has_rspamd|rspamd|Rspamd, not running (/usr/bin/rspamd)
has_unbound|unbound|Unbound, not running
has_sshd|openssh-server openssh-sftp-server|the server of OpenSSH, not running (/usr/sbin/sshd)
has_npm|npm|npm, to install axe-core
has_ip|iproute2|ip (iproute2), to run the demo without a network
'

missing() { # prints the given column of what is missing
	local check debian words
	while IFS='|' read -r check debian words; do
		if [ -n "$check" ] && ! "$check"; then
			if [ "$1" = debian ]; then printf '%s\n' "$debian"; else printf '  %s\n' "$words"; fi
		fi
	done <<<"$needs"
}

# Services that packages bring must not start: the tests start their own, and port 25 belongs to the machine.
install_quietly() {
	local policy=/usr/sbin/policy-rc.d
	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' >"$policy"
		chmod +x "$policy"
		trap 'rm -f /usr/sbin/policy-rc.d' EXIT
	fi
	export DEBIAN_FRONTEND=noninteractive
	if command -v debconf-set-selections >/dev/null; then
		echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
	fi
	apt-get update -q >&2
	apt-get install -q -y --no-install-recommends "$@" >&2
}

# What Exim's installation would do, but for what would take Postfix's place. It gets no rights of its own: a test starts
# it as root and it gives that up.
unpack_exim() {
	local dir libraries
	apt-get update -q >&2 # the list below may be the first question to the package lists
	libraries=$(apt-cache depends exim4-daemon-light | sed -n 's/^ *Depends: \(lib[a-z0-9.+-]*\)$/\1/p')
	# shellcheck disable=SC2086 # a list of words
	install_quietly --no-upgrade $libraries
	dir=$(mktemp -d)
	(cd "$dir" && apt-get download -q exim4-daemon-light >&2)
	mkdir -p "$exim"
	dpkg -x "$dir"/exim4-daemon-light_*.deb "$exim"
	chmod u-s "$exim/usr/sbin/exim4"
	rm -rf "$dir"
	id Debian-exim >/dev/null 2>&1 ||
		useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin Debian-exim
}

packages=$(missing debian | tr '\n' ' ')
if [ -n "${packages// /}" ]; then
	if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
		say "installing: $packages"
		# shellcheck disable=SC2086 # a list of words
		install_quietly $packages
	fi
	left=$(missing words)
	if [ -n "$left" ]; then
		say "the tests use real engines and leave none out; please install:"
		printf '%s\n' "$left" >&2
		say "on Debian: apt-get install $packages"
		exit 1
	fi
fi

if ! has_exim && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
	say "unpacking Exim into $exim"
	unpack_exim
fi
has_exim || { say "please install Exim 4.96 or newer, not running, or name one in KYODAKU_TEST_EXIM"; exit 1; }

# axe-core by its lock file; npm writes the hidden copy of it after a complete installation.
(
	cd internal/browsertest
	if [ ! -f node_modules/axe-core/axe.min.js ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
		say "installing axe-core"
		npm ci --silent --no-audit --no-fund >&2 || { say "npm ci failed in internal/browsertest"; exit 1; }
	fi
)
