#!/usr/bin/env bash
# Installs the mail servers that the tests in this folder send to: Postfix and its login database from Debian, and Exim
# unpacked into .servers, because Debian's packages of the two exclude each other. Starts nothing and removes nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

PATH=$PATH:/usr/sbin:/sbin
export DEBIAN_FRONTEND=noninteractive

installed() {
  command -v postfix >/dev/null && command -v saslpasswd2 >/dev/null && id Debian-exim >/dev/null 2>&1 &&
    dpkg-query --show libsasl2-modules-db >/dev/null 2>&1 && .servers/exim4 -C /dev/null -bV >/dev/null 2>&1
}

# Rather than take another mail server off the machine, --no-remove fails.
install_packages() {
  apt-get install --option DPkg::Lock::Timeout=120 --quiet --yes --no-install-recommends --no-upgrade --no-remove "$@"
}

if installed; then exit 0; fi
if [[ $(id --user) != 0 ]]; then
  echo "Run this as root: sudo bash test/interop/install-servers.sh" >&2
  exit 1
fi

apt-get update --quiet
echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections
install_packages postfix sasl2-bin libsasl2-modules-db

download=$(mktemp --directory)
trap 'rm -rf "$download"' EXIT
(cd "$download" && apt-get download --quiet --option APT::Sandbox::User=root exim4-daemon-light)
package=("$download"/exim4-daemon-light_*.deb)
mapfile -t libraries < <(dpkg-deb --field "${package[0]}" Depends | grep --only-matching '\blib[a-z0-9.+-]*')
install_packages "${libraries[@]}"
dpkg-deb --extract "${package[0]}" "$download/exim"
install -D --mode=755 "$download/exim/usr/sbin/exim4" .servers/exim4
id Debian-exim >/dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin Debian-exim

if ! installed; then
  echo "The mail servers are installed but not usable: see above." >&2
  exit 1
fi
