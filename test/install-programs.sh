#!/usr/bin/env bash
# Installs the programs that the tests use, from Debian: the mail servers that test/interop sends to, Postfix and its
# login database, and Exim and OpenSMTPD unpacked into test/interop/.servers, because Debian's packages of these exclude
# each other; Dovecot, whose mailboxes test/interop reads; the clients that test/clients sends with; the browser that test/browser
# looks with; Redis and PostgreSQL, which servers.sh starts; and RabbitMQ and NATS, which the queue's tests start as Redis.
# Starts nothing and removes nothing, and has nothing to do where everything is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/interop"

PATH=$PATH:/usr/sbin:/sbin
export DEBIAN_FRONTEND=noninteractive

servers_installed() {
  command -v postfix >/dev/null && command -v saslpasswd2 >/dev/null && id Debian-exim opensmtpd opensmtpq >/dev/null 2>&1 &&
    dpkg-query --show libsasl2-modules-db >/dev/null 2>&1 && .servers/exim4 -C /dev/null -bV >/dev/null 2>&1 &&
    [[ $(.servers/opensmtpd/usr/sbin/smtpd -h 2>&1) == "version: OpenSMTPD"* ]]
}

mailboxes_installed() {
  command -v dovecot >/dev/null && [[ -x /usr/lib/dovecot/imap ]]
}

clients_installed() {
  command -v curl >/dev/null && command -v swaks >/dev/null && perl -MNet::SSLeay -e 1 2>/dev/null &&
    /usr/bin/python3 -c "import boto3" 2>/dev/null && [[ -x /usr/bin/chromium ]]
}

databases_installed() {
  command -v redis-server >/dev/null && command -v redis-cli >/dev/null && command -v psql >/dev/null &&
    compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null
}

# RabbitMQ is started by its own script, not by the one on the PATH, which switches to another user.
brokers_installed() {
  command -v nats-server >/dev/null && command -v epmd >/dev/null && [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]]
}

# Rather than take another mail server off the machine, --no-remove fails.
install_packages() {
  apt-get install --option DPkg::Lock::Timeout=120 --quiet --yes --no-install-recommends --no-upgrade --no-remove "$@"
}

if servers_installed && mailboxes_installed && clients_installed && databases_installed && brokers_installed; then exit 0; fi
if [[ $(id --user) != 0 ]]; then
  echo "Run this as root: sudo bash test/install-programs.sh" >&2
  exit 1
fi

apt-get update --quiet
clients_installed || install_packages curl swaks libnet-ssleay-perl python3-boto3 chromium
databases_installed || install_packages redis-server redis-tools postgresql
brokers_installed || install_packages nats-server rabbitmq-server
mailboxes_installed || install_packages dovecot-imapd

# Unpacks a package into $download and installs the libraries that it needs.
unpack_package() {
  local package libraries
  (cd "$download" && apt-get download --quiet --option APT::Sandbox::User=root "$1")
  package=("$download/$1"_*.deb)
  mapfile -t libraries < <(dpkg-deb --field "${package[0]}" Depends | grep --only-matching '\blib[a-z0-9.+-]*')
  install_packages "${libraries[@]}"
  dpkg-deb --extract "${package[0]}" "$download/$1"
}

add_user() {
  id "$1" >/dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin "$1"
}

install_servers() {
  echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
  install_packages postfix sasl2-bin libsasl2-modules-db

  download=$(mktemp --directory)
  trap 'rm -rf "$download"' EXIT
  unpack_package exim4-daemon-light
  install -D --mode=755 "$download/exim4-daemon-light/usr/sbin/exim4" .servers/exim4
  add_user Debian-exim

  unpack_package opensmtpd
  rm -rf .servers/opensmtpd
  mkdir --parents .servers/opensmtpd/usr
  mv "$download"/opensmtpd/usr/{sbin,libexec} .servers/opensmtpd/usr
  add_user opensmtpd
  add_user opensmtpq
}

servers_installed || install_servers

if ! servers_installed || ! mailboxes_installed || ! clients_installed || ! databases_installed || ! brokers_installed; then
  echo "The programs are installed but not usable: see above." >&2
  exit 1
fi
