# shellcheck shell=bash
# ./dev lint and ./dev fmt: every check that needs no build.

LLVM=19 # the version of clang-format and clang-tidy, named in .dev/packages.sh

lint() {
  need build lint
  step "format of C++" check_format
  step "floors, doors and cycles" /usr/bin/python3 tests/house/floors.py
  step "limits of files and functions" /usr/bin/python3 tests/house/limits.py
  step "shell scripts" check_shell
  step "YAML" check_yaml
  step "JSON" check_json
  step "clang-tidy" check_tidy
  ending lint
}

# files PATTERN...: tracked and new files, without what git ignores. A tree without git has everything but build/.
files() {
  if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files --cached --others --exclude-standard -- "$@" | while read -r path; do
      if [ -f "$path" ]; then printf '%s\n' "$path"; fi
    done
  else
    local pattern arguments=()
    for pattern in "$@"; do
      arguments+=(-o -name "${pattern##*/}")
    done
    find . -path ./build -prune -o -type f \( "${arguments[@]:1}" \) -printf '%P\n'
  fi | sort
}

cpp_files() { files '*.cc' '*.h'; }

check_format() { cpp_files | xargs -r -d '\n' "clang-format-$LLVM" --dry-run --Werror; }

format_in_place() {
  need lint
  cpp_files | xargs -r -d '\n' "clang-format-$LLVM" -i
  say "formatted $(cpp_files | wc -l) files"
}

# Scripts end in .sh or start with a shell's name.
check_shell() {
  local path
  files '*' | while read -r path; do
    case $path in
      *.sh) printf '%s\n' "$path" ;;
      *.*) ;;
      *) if head -c 64 "$path" | head -n 1 | tr -d '\0' | grep -qE '^#!.*\b(ba|da)?sh\b'; then printf '%s\n' "$path"; fi ;;
    esac
  done | xargs -r -d '\n' shellcheck --external-sources
}

# The bad corpus of the configuration tests is bad on purpose.
check_yaml() { files '*.yml' '*.yaml' | grep -vE '^tests/.*bad' | xargs -r -d '\n' yamllint --strict; }

check_json() {
  local path bad=0
  while read -r path; do
    /usr/bin/python3 -m json.tool "$path" /dev/null || {
      printf '%s: not JSON\n' "$path"
      bad=1
    }
  done < <(files '*.json' | grep -vE '^tests/.*bad')
  return "$bad"
}

check_tidy() {
  configure_preset release
  /usr/bin/python3 .dev/tidy.py --tidy "clang-tidy-$LLVM" --build build/release --cache build/tidy
}
