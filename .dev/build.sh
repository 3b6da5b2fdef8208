# shellcheck shell=bash
# Configures and builds the presets of CMakePresets.json.

PRESETS=(release debug asan tsan)

known_preset() {
  local preset
  for preset in "${PRESETS[@]}"; do
    [ "$preset" != "$1" ] || return 0
  done
  return 1
}

# build_preset PRESET [TARGET]: configures when there is no build tree yet (ninja does it again by itself when a list changes), then builds.
build_preset() {
  local preset=$1 target=${2:-vedette}
  known_preset "$preset" || die "unknown preset '$preset' (there are: ${PRESETS[*]})"
  configure_preset "$preset"
  for_preset "$preset" cmake --build --preset "$preset" --target "$target"
}

# for_preset PRESET COMMAND...: the sanitizers' fixed shadow memory collides with the widest address randomisation that kernels offer, so
# whatever may start a program of theirs (the build lists the unit tests) goes without randomisation where that is allowed.
for_preset() {
  local preset=$1
  shift
  export CCACHE_SLOPPINESS=pch_defines,time_macros # else it remembers nothing that uses a precompiled header
  if [[ $preset == [at]san ]] && setarch --addr-no-randomize true 2>/dev/null; then
    setarch --addr-no-randomize "$@"
  else
    "$@"
  fi
}

configure_preset() {
  local preset=$1 log=build/$1.configure.log
  # A tree of another checkout or an older preset file is configured anew; otherwise ninja sees to it.
  [ ! "build/$preset/build.ninja" -nt CMakePresets.json ] || return 0
  mkdir -p build
  say "configuring $preset"
  if command -v ccache >/dev/null; then export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "build/$preset/build.ninja" # half written
    die "cmake could not configure preset $preset"
  fi
}
