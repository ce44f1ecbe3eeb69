#!/bin/sh
# Installs the Debian packages that `npm run test:system` needs, and nothing that is there already. Without root or
# apt-get it says what is missing and stops, because a system test that silently does less proves nothing.
set -eu

# openssl: a second opinion on our certificates and signatures; util-linux: setpriv, by which a test's processes end
# with it; mosquitto, mosquitto-clients: a broker that is not ours, and the tool that ends a connection on it;
# faketime: lists of yesterday.
wanted='openssl util-linux mosquitto mosquitto-clients faketime'

missing=''
for package in $wanted; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = 'install ok installed' ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
  echo "npm run test:system needs these Debian packages:$missing" >&2
  echo "  install them as root: apt-get install --no-install-recommends$missing" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get -q update
# shellcheck disable=SC2086 # One word per package is meant.
apt-get -qy install --no-install-recommends $missing
