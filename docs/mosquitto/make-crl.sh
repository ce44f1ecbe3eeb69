#!/bin/sh
# usage: make-crl.sh CA.crt CA.key DAYS [REVOKED.crt...] > CA.crl
#
# The list of revoked certificates of a CA whose key is a file, good for DAYS. It is made from nothing each time: name
# every certificate that is revoked, not only the newest.
set -eu
ca=$1
key=$2
days=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/index.txt"
# Numbers must grow (RFC 5280 section 5.2.3): seconds since 1970, in hex.
printf '%x\n' "$(date +%s)" | sed 's/^\(..\)*.$/0&/' > "$work/number"
cat > "$work/ca.cnf" <<END
[ca]
default_ca = crl
[crl]
database = $work/index.txt
crlnumber = $work/number
default_md = sha256
END
for revoked in "$@"; do
  openssl ca -config "$work/ca.cnf" -cert "$ca" -keyfile "$key" -revoke "$revoked" 2> "$work/said" ||
    { cat "$work/said" >&2; exit 1; }
done
openssl ca -config "$work/ca.cnf" -cert "$ca" -keyfile "$key" -gencrl -crldays "$days" -out "$work/crl" 2> "$work/said" ||
  { cat "$work/said" >&2; exit 1; }
cat "$work/crl"
