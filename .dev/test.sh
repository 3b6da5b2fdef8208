# shellcheck shell=bash
# ./dev test: builds the presets and runs every test on each of them. Debug is for people: asan is such a build, too, and sees more.

test_command() {
  local presets=(release asan tsan)
  if [ "${1:-}" = --quick ]; then
    presets=(release)
    shift
  fi
  test_presets "${1:-}" "${presets[@]}"
}

# test_presets REGEX PRESET...: a preset that does not build counts as one failure, and the others still run.
test_presets() {
  local regex=$1 preset
  shift
  need build run test
  for preset in "$@"; do
    step "build $preset" build_preset "$preset" all
    [ -n "$STEP_OK" ] || continue
    step "test $preset" run_tests "$preset" "$regex"
  done
  ending tests
}

run_tests() {
  local preset=$1 regex=$2 command=(ctest --preset "$1")
  [ -z "$regex" ] || command+=(--tests-regex "$regex")
  for_preset "$preset" "${command[@]}"
}
