# shellcheck shell=bash
# ./dev demo: a site that one can break, vedette, Prometheus, Alertmanager and a mail box, until Ctrl-C.

demo() {
  local word
  for word in "$@"; do
    case $word in
      -h | --help) exec /usr/bin/python3 config/demo/demo.py --help ;;
    esac
  done
  need build run demo
  build_preset release
  exec /usr/bin/python3 config/demo/demo.py "$@"
}
