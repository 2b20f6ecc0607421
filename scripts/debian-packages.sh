#!/usr/bin/env bash
# Install the Debian packages that are missing, where we may; where not, say what is left out and what mends it.
# usage: debian-packages.sh GROUP...     (groups: venv, tests)
set -euo pipefail

# group | how we see that it is there | package | what cannot be done without it
table="
venv  | ensurepip                                                   | python3-venv           | the virtual environment
tests | command chromium                                            | chromium               | tests in the browser
tests | command mosquitto                                           | mosquitto              | tests against Mosquitto
tests | command mosquitto_pub                                       | mosquitto-clients      | tests with stock MQTT tools
tests | file /usr/lib/postgresql/*/bin/initdb                       | postgresql             | tests on PostgreSQL
tests | command openssl                                            | openssl                | tests over TLS
tests | file /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc | fonts-noto-cjk         | Chinese letters in screenshots
tests | file /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf      | fonts-noto-color-emoji | emoji in screenshots
"
export PATH="$PATH:/usr/sbin:/sbin"   # where Debian keeps mosquitto; not on everyone's PATH

is_there() {
  case "$1" in
    ensurepip) "${PYTHON:-python3}" -c "import ensurepip, venv" 2>/dev/null ;;
    command\ *) command -v "${1#command }" >/dev/null ;;
    file\ *) compgen -G "${1#file }" >/dev/null ;;
  esac
}

missing=() lost=()
while IFS='|' read -r group check package loss; do
  group=${group// /} package=${package// /}
  check=$(xargs <<<"$check") loss=$(xargs <<<"$loss")
  [[ " $* " == *" $group "* ]] || continue
  is_there "$check" || { missing+=("$package"); lost+=("$loss"); }
done < <(grep '|' <<<"$table")
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  as_root=(sudo -n)
  sudo -n true 2>/dev/null || as_root=(refused)
fi

install() {
  command -v apt-get >/dev/null && [ "${as_root[*]-}" != refused ] || return 1
  # Nothing that we install shall start to serve: RUNLEVEL=1 says so to Debian's start scripts, systemctl to systemd.
  local settings=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1) unit
  echo "Installing Debian packages: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq </dev/null &&
    "${as_root[@]}" "${settings[@]}" apt-get install -y -qq --no-install-recommends \
      -o DPkg::Lock::Timeout=300 "${missing[@]}" </dev/null >/dev/null || return 1
  [ -d /run/systemd/system ] || return 0
  for unit in mosquitto postgresql; do
    [[ " ${missing[*]} " == *" $unit "* ]] || continue
    "${as_root[@]}" systemctl disable --quiet --now "$unit" || true
  done
}

install && exit 0
mend="sudo apt-get install ${missing[*]}"
if [[ " ${missing[*]} " == *" python3-venv "* ]]; then
  echo "Python cannot make a virtual environment here. Mend it with:  $mend" >&2
  exit 1
fi
echo "Left out, because Debian packages are missing:"
printf '  %s\n' "${lost[@]}"
echo "Mend it with:  $mend"
