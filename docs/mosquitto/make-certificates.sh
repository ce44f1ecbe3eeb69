#!/bin/sh
# usage: make-certificates.sh DIR HOST
#
# Makes in DIR a small CA for the two parties that no factory makes, and what they need:
#   services-ca.crt, .key    the CA; robots trust it for the broker, the broker trusts it for the cloud
#   server.crt, .key         the broker's certificate for HOST
#   cloud.crt, .key          the cloud's certificate, named cloud.pilotfish
# For ten years, P-256. The CA's key is needed again only for revocation: keep it off the broker's machine.
set -eu
umask 077
dir=$1
host=$2
mkdir -p "$dir"
cd "$dir"

key() { openssl ecparam -genkey -name prime256v1 -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }

# sign NAME COMMON-NAME EXTENSIONS: a certificate for NAME.key
sign() {
  printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' "$3" > "$1.ext"
  openssl req -new -key "$1.key" -subj "/CN=$2" -out "$1.csr"
  openssl x509 -req -in "$1.csr" -CA services-ca.crt -CAkey services-ca.key -days 3650 \
    -extfile "$1.ext" -out "$1.crt" 2> /dev/null
  rm "$1.csr" "$1.ext"
}

key services-ca.key
openssl req -x509 -new -key services-ca.key -subj '/CN=Pilotfish services CA' -days 3650 \
  -addext 'keyUsage=critical,keyCertSign,cRLSign' -out services-ca.crt

case $host in
  *[!0-9.]*) name=DNS:$host ;;
  *) name=IP:$host ;;
esac
key server.key
sign server "$host" "extendedKeyUsage=serverAuth
subjectAltName=$name"

key cloud.key
sign cloud cloud.pilotfish extendedKeyUsage=clientAuth
