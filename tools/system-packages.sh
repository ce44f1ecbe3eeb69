#!/bin/sh
# Installs the Debian packages that `npm run test:system` needs, except those already installed. Without root or apt-get
# it lists the missing ones and stops, because a system test that silently does less proves nothing.
set -eu

# openssl: a second opinion on our certificates and signatures; util-linux: setpriv, which ends a test's processes with
# the test; e2fsprogs, mount: a file system whose writes the kernel counts; faketime: robots whose clock starts in 1970,
# and revocation lists of yesterday; mosquitto: a broker other than ours; mosquitto-clients: a client that ends a
# connection on it; curl, jq: the commands in docs/factory.md; awscli, python3-boto3: AWS's own clients; the others: a PKCS#11 token in files, and access to it.
packages='openssl util-linux e2fsprogs mount faketime curl jq mosquitto mosquitto-clients
  awscli python3-boto3 softhsm2 libengine-pkcs11-openssl p11-kit p11-kit-modules opensc'

# pkcs11js has no prebuilt binary: where it does not load it is built here. N-API: the headers of any Node version will
# do.
cd "$(dirname "$0")/.."
loads() { node -e "require('pkcs11js')" 2>/dev/null; }
if ! loads; then
  packages="$packages g++ make python3"
  [ -e /usr/include/node/node_api.h ] || packages="$packages libnode-dev"
fi

missing=''
for package in $packages; do
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
