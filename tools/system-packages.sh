#!/bin/sh
# Installs the Debian packages that `npm run test:system` needs, and nothing that is there already. Without root or
# apt-get it says what is missing and stops, because a system test that silently does less proves nothing.
set -eu

# openssl: a second opinion on our certificates and signatures; util-linux: setpriv, by which a test's processes end
# with it; e2fsprogs, mount: a file system of which the kernel counts the writes; faketime: robots that wake in 1970, and lists of yesterday; mosquitto: a broker that is not ours;
# mosquitto-clients: what ends a connection on it; curl, jq: what docs/factory.md tells people to type; the others: a
# PKCS#11 token in files, and the ways to it.
wanted='openssl util-linux e2fsprogs mount faketime curl jq mosquitto mosquitto-clients
  softhsm2 libengine-pkcs11-openssl p11-kit p11-kit-modules opensc'

# pkcs11js has no built form: where it does not load it is built here. N-API: any Node's headers will do.
cd "$(dirname "$0")/.."
loads() { node -e "require('pkcs11js')" 2>/dev/null; }
if ! loads; then
  wanted="$wanted g++ make python3"
  [ -e /usr/include/node/node_api.h ] || wanted="$wanted libnode-dev"
fi

missing=''
for package in $wanted; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = 'install ok installed' ] || missing="$missing $package"
done
if [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" -ne 0 ]; then
    echo "npm run test:system needs these Debian packages:$missing" >&2
    echo "  install them as root: apt-get install --no-install-recommends$missing" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get -q update
  # shellcheck disable=SC2086 # One word per package is meant.
  apt-get -qy install --no-install-recommends $missing
fi

loads && exit 0
echo 'building pkcs11js' >&2
npm_config_nodedir=/usr npm rebuild pkcs11js
loads || { echo 'pkcs11js does not load, even after npm rebuild pkcs11js' >&2; exit 1; }
