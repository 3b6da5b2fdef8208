# shellcheck shell=bash disable=SC2034 # the tables are read by name, in need()
# Which Debian packages each purpose needs and why, and how the missing ones get installed.
# A name like a|b means: either will do; the first that the release offers is installed.

packages_build='
g++                          compiler (C++20)
cmake                        configures the build
ninja-build                  runs the build
ccache                       makes a second build fast
prometheus-cpp-dev           the metrics of the agent itself and the data model
libcivetweb-dev              web server
libcurl4-openssl-dev         HTTP client of the prober
libyaml-cpp-dev              reads vedette.yml
catch2|libcatch2-dev         unit tests
libc-ares-dev                DNS lookups
libuv1-dev                   event loop
nlohmann-json3-dev           JSON
libspdlog-dev                logging
libfmt-dev                   text formatting
libcli11-dev                 command line
libre2-dev                   regular expressions with the meaning they have in blackbox_exporter
zlib1g-dev                   gzip and deflate answers
libisal-dev                  gzip of a page, several times faster than zlib does it
libbrotli-dev                br-encoded answers
libdeflate-dev               what the bench compares gzip with
libssl-dev                   TLS
libnghttp2-dev               HTTP/2
libsqlite3-dev               keeps alarms and their past in a file
libpq-dev                    or in PostgreSQL
libcrypt-dev                 passwords of those who may ask the agent
'
packages_run='
ca-certificates              verifies https targets
python3                      serves the example site
'
packages_demo='
prometheus                   scrapes the agent and judges the rules
prometheus-alertmanager      sends the page and the mail
python3                      plays the site and the mail box
'
packages_test='
prometheus                   scrapes the agent; promtool checks its metrics
prometheus-alertmanager      gets the alerts; amtool checks routes and messages
prometheus-blackbox-exporter the reference: the same probes are asked of both
prometheus-node-exporter     hosts in trouble, for the rules about hosts
nginx-light                  a real web server to probe (HTTP/2, TLS)
squid-openssl|squid          a real proxy
postgresql                   a real database for the store
dnsmasq-base                 a DNS server with the answers a test wants
python3                      end-to-end tests and house rules
python3-brotli               br-encoded answers
openssl                      certificates of the tests
ca-certificates              the default roots
curl                         a second opinion on what the agent serves
procps                       looks at processes that a test started
'
packages_lint='
clang-format-19              one version, so that every machine formats alike
clang-tidy-19                static analysis
g++                          the headers that clang-tidy reads
shellcheck                   shell scripts
yamllint                     YAML files
python3                      house rules
'
packages_bench='
nginx-light                  the site that is probed
prometheus-blackbox-exporter the agent it is compared with
python3                      drives the measurement
curl                         reads the pages of the agent
openssl                      certificates of the site
'

# need PURPOSE...: installs what is missing for these purposes, once; one dpkg-query tells whether anything is.
need() {
  local purpose table='' missing
  command -v dpkg-query >/dev/null || die "this needs Debian or a relative of it (no dpkg-query here); the packages are listed in .dev/packages.sh"
  for purpose in "$@"; do
    local -n rows="packages_$purpose"
    table+=$rows
  done
  missing=$(printf '%s\n' "$table" | missing_rows)
  [ -z "$missing" ] || install_rows "$missing"
}

# Keeps those rows of a package table (on stdin) of which no alternative is installed.
missing_rows() {
  local rows installed
  rows=$(awk 'NF && !seen[$1]++')
  # dpkg-query exits 1 when it does not know a name: here that is an answer, not an error.
  # shellcheck disable=SC2046
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(awk '{ gsub(/\|/, " ", $1); print $1 }' <<<"$rows") 2>/dev/null || true)
  awk 'FNR == NR { if ($2 == "installed") have[$1] = 1; next }
       { n = split($1, names, "|"); for (i = 1; i <= n; ++i) if (names[i] in have) next; print }' <(printf '%s\n' "$installed") <(printf '%s\n' "$rows")
}

# Runs as root. Chooses among alternatives once the lists are fresh, and keeps every server that is installed from being started.
# shellcheck disable=SC2016
INSTALLER='
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  trap "rm -f $policy" EXIT
  printf "#!/bin/sh\nexit 101\n" >$policy
  chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq || echo "dev: apt-get update had errors; trying with the lists there are" >&2
chosen=
for row in "$@"; do
  pick=
  for name in $(echo "$row" | tr "|" " "); do
    if [ -z "$pick" ] && apt-cache policy "$name" | grep -q "Candidate: [^(]"; then pick=$name; fi
  done
  if [ -z "$pick" ]; then echo "dev: no package source offers $row" >&2; exit 1; fi
  chosen="$chosen $pick"
done
apt-get install -y -qq --no-install-recommends $chosen
'

install_rows() {
  local rows=$1 begin=$SECONDS log=build/apt.log names
  mapfile -t names < <(awk '{ print $1 }' <<<"$rows")
  say "missing: ${#names[@]} Debian packages (a|b: the one this release has)"
  printf '%s\n' "$rows" | sed 's/^/      /'
  [ -z "${VEDETTE_NO_APT:-}" ] || die "packages are missing and VEDETTE_NO_APT is set"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "neither root nor sudo here: install the packages above by hand, then run ./dev again"
    root=(sudo)
  fi
  mkdir -p build
  say "installing them${root[*]:+ through sudo}"
  if ! "${root[@]}" sh -c "$INSTALLER" sh "${names[@]}" </dev/null >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    die "apt failed; all it said is in $log"
  fi
  say "installed in $((SECONDS - begin)) s; no service was started"
}
