# Read by ./start, ./test, .ci/run and the Makefile: one set of flags and one
# check for Go. The flags are few, since others build everything anew.
# nodynamic: pictures go through the WebP coder we ship, not the system's.
export GOFLAGS='-tags=nodynamic -buildvcs=false'

wanted=$(awk '$1 == "go" { print $2; exit }' go.mod)
command -v go >/dev/null || PATH=$PATH:/usr/local/go/bin
if ! command -v go >/dev/null; then
	echo "Kumun needs Go $wanted or later: https://go.dev/dl" >&2
	exit 2
fi
found=$(go env GOVERSION 2>/dev/null || go version | awk '{ print $3 }')
if ! printf 'go%s\n%s\n' "$wanted" "$found" | sort -V -C; then
	echo "Kumun needs Go $wanted or later, and this is $found: https://go.dev/dl" >&2
	exit 2
fi

# Modules come over TLS; a bare system trusts nobody yet.
trusted() { for file in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem /etc/ssl/ca-bundle.pem; do [ ! -e "$file" ] || return 0; done; return 1; }
if [ -z "${SSL_CERT_FILE:-}" ] && ! trusted; then
	if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
		echo "Fetching modules needs certificates. Type: sudo apt-get install -y ca-certificates" >&2
		exit 2
	fi
	echo "Installing ca-certificates"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ca-certificates >/dev/null
fi
