# shellcheck shell=bash
# ./dev run: the example site and the agent, until Ctrl-C.

run_example() {
  need build run
  build_preset release
  local port=${VEDETTE_EXAMPLE_PORT:-8080} ready=build/run/site.ready base
  base=$(agent_base "$@")
  export VEDETTE_EXAMPLE_PORT=$port VEDETTE_EXAMPLE_AGENT=${base#http://}
  export STATE_DIRECTORY=${STATE_DIRECTORY:-$PWD/build/run} # the example leaves nothing outside build/
  mkdir -p build/run
  rm -f "$ready"
  set -m # each gets a process group of its own: Ctrl-C reaches this script only, which then stops the two in order
  /usr/bin/python3 config/example/site.py --port "$port" --ready "$ready" &
  SITE=$!
  trap 'kill $SITE 2>/dev/null || true' EXIT
  await_file "$ready" "$SITE" || die "the example site could not start (see above); on another port: VEDETTE_EXAMPLE_PORT=8081 ./dev run"
  build/release/vedette run --config.file=config/vedette.yml "$@" &
  AGENT=$!
  set +m
  trap 'kill $AGENT $SITE 2>/dev/null || true' EXIT
  trap 'kill -TERM $AGENT 2>/dev/null || true' INT TERM
  if await_agent "$AGENT" "$base"; then
    addresses "$base" "$port"
  fi
  wait_for_end "$AGENT"
}

# agent_base FLAG...: where the agent listens, as an address that a browser on this machine can open.
agent_base() {
  local flag before='' address=:9115
  for flag in "$@"; do
    case $before$flag in
      --web.listen-address=*) address=${flag#*=} ;;
      '--web.listen-address '*) address=$flag ;;
    esac
    before="$flag "
  done
  case $address in
    :* | 0.0.0.0:* | '[::]':*) address=localhost:${address##*:} ;;
  esac
  printf 'http://%s' "$address"
}

addresses() {
  local base=$1 port=$2
  cat <<TEXT

  $BOLD$base/$PLAIN  the agent
  $base/metrics  what Prometheus scrapes
  $base/config   the configuration in force
  $base/probe?module=http_2xx&target=http://localhost:$port/  one probe, as blackbox_exporter would answer

  http://localhost:$port/  the example site (/slow and /down misbehave)
  Ctrl-C stops both.

TEXT
}

# await_file FILE PID: until the file is there (0) or the process has ended (1).
await_file() {
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    [ ! -e "$1" ] || return 0
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

# await_agent PID BASE: until this agent says that it is healthy (0), or has ended or stays silent for 10 s (1). Another agent that
# answers in its place does not count.
await_agent() {
  local tries
  for ((tries = 0; tries < 200; ++tries)); do
    answers "$2/-/healthy" && listens "$1" "${2##*:}" && return 0
    kill -0 "$1" 2>/dev/null || return 1
    sleep 0.05
  done
  say "the agent has not answered on $2/-/healthy yet"
  return 1
}

# listens PID PORT: whether it is this process that listens there.
listens() {
  local port _ address state inode file
  port=$(printf '%04X' "$2")
  while read -r _ address _ state _ _ _ _ _ inode _; do
    [[ $state == 0A && $address == *:$port ]] || continue
    for file in "/proc/$1/fd/"*; do
      [ "$(readlink "$file")" != "socket:[$inode]" ] || return 0
    done
  done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  return 1
}

# Bash speaks TCP itself, so that running the example needs no curl.
answers() {
  local address=${1#http://} path line
  path=/${address#*/}
  address=${address%%/*}
  {
    exec 9<>"/dev/tcp/${address%:*}/${address##*:}" || return 1
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' "$path" "$address" >&9
    line=$(timeout 2 cat <&9 | sed -n 1p)
    exec 9>&-
  } 2>/dev/null
  [[ $line == *' 200 '* ]]
}

# A signal interrupts `wait`; the agent then gets the time it needs to drain, and its exit status is ours.
wait_for_end() {
  local code=0
  wait "$1" || code=$?
  while kill -0 "$1" 2>/dev/null; do
    code=0
    wait "$1" || code=$?
  done
  return "$code"
}
