# shellcheck shell=bash disable=SC2034 # callers read STEP_OK
# How ./dev speaks: plain lines, colour on a terminal only, every step with its time and a clear ending.

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
  GREEN=$'\e[1;32m' RED=$'\e[1;31m' BOLD=$'\e[1m' PLAIN=$'\e[0m'
else
  GREEN='' RED='' BOLD='' PLAIN=''
fi

say() { printf '%s==> %s%s\n' "$BOLD" "$*" "$PLAIN"; }

die() {
  printf '%sdev: %s%s\n' "$RED" "$*" "$PLAIN" >&2
  exit 1
}

# The steps run so far, for the table at the end: "seconds|state|name".
STEPS=()
FAILED=0

# step NAME COMMAND...: runs it in a subshell that ends at its first error. A failure is remembered in STEP_OK and FAILED and does not
# end the run. Call it plainly: bash would ignore `set -e` inside it after `if`, `||` and the like.
step() {
  local name=$1 begin=$SECONDS state=ok
  shift
  say "$name"
  set +e
  (
    set -e
    "$@"
  )
  local code=$?
  set -e
  STEP_OK=yes
  if [ "$code" -ne 0 ]; then
    state=FAILED STEP_OK=
    FAILED=$((FAILED + 1))
    printf '%s<== %s failed (exit %s)%s\n' "$RED" "$name" "$code" "$PLAIN"
  fi
  STEPS+=("$((SECONDS - begin))|$state|$name")
}

# ending WHAT: the table of steps, then one green or red line; its status is that of the whole.
ending() {
  local row seconds state name colour
  printf '\n'
  for row in "${STEPS[@]}"; do
    IFS='|' read -r seconds state name <<<"$row"
    colour=$GREEN
    [ "$state" = ok ] || colour=$RED
    printf '%6s s  %s%-6s%s  %s\n' "$seconds" "$colour" "$state" "$PLAIN" "$name"
  done
  if [ "$FAILED" -eq 0 ]; then
    printf '%s%s: green, %s steps in %s s%s\n' "$GREEN" "$1" "${#STEPS[@]}" "$SECONDS" "$PLAIN"
  else
    printf '%s%s: RED, %s of %s steps failed, %s s%s\n' "$RED" "$1" "$FAILED" "${#STEPS[@]}" "$SECONDS" "$PLAIN"
    return 1
  fi
}
