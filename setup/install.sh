#!/bin/sh
# Gets what gjj needs, for make: setup/install.sh demo|test|check|bench
#
#   demo   Debian's packages and .venv for running gjj
#   test   that, and what lint, types and tests need
#   bench  a .venv-bench with gjj as its users have it, and what it is compared with
#   check  as test, but without root: Debian's packages are looked for, and the missing ones named
#
# Says in one line what it installs; where nothing is missing it says nothing.
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-}
case $purpose in demo | test | check | bench) ;; *) echo "usage: setup/install.sh demo|test|check|bench" >&2; exit 2 ;; esac

venv=$(pwd -P)/.venv
[ "$purpose" != bench ] || venv=$venv-bench
python=$venv/bin/python
stamp=$venv/installed
case $purpose in
demo) lock=requirements.lock ;;
bench) lock=requirements-bench.lock ;;
*) lock=requirements-dev.lock ;;
esac

printing='libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk'
testing='poppler-utils strace chromium chromium-driver postgresql hledger'

fail() {
    echo "setup: $*" >&2
    exit 1
}

missing_packages() {
    packages=$printing
    case $purpose in test | check) packages="$packages $testing" ;; esac
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
    case $purpose in test | check) command -v soffice >/dev/null || echo libreoffice-calc-nogui ;; esac
    [ -x "$python" ] || python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
}

# The packages to develop with hold those to run with.
python_is_ready() {
    [ -x "$python" ] || return 1
    have=$(cat "$stamp" 2>/dev/null) || return 1
    [ "$have" = "$lock $inputs" ] || [ "$have" = "requirements-dev.lock $inputs" ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs a talkative command; what it said is shown only where it fails.
quietly() {
    said=$(mktemp)
    "$@" >"$said" 2>&1 </dev/null || {
        cat "$said" >&2
        rm "$said"
        fail "this failed: $*"
    }
    rm "$said"
}

apt() {
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

# Errors only (-qq): on machines with their own pip settings pip warns about each of them, every time.
pip() {
    "$python" -m pip -qq --no-input --disable-pip-version-check "$@" </dev/null
}

install_packages() {
    apt update
    apt install -y --no-install-recommends "$@"
}

# A half-made or moved .venv is made anew, a good one is brought up to date.
install_python() {
    rm -f "$stamp"
    if ! grep -qsx "command = .* $venv" "$venv/pyvenv.cfg" || ! "$python" -c 'import pip' 2>/dev/null; then
        python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "gjj needs Python 3.11 or newer, this is $(python3 --version)"
        quietly python3 -m venv --clear "$venv"
    fi
    pip install --require-hashes -r "$lock"
    pip install --no-build-isolation --no-deps -e .
    echo "$lock $inputs" >"$stamp"
}

missing=$(missing_packages | paste -sd ' ')
todo=
if [ -n "$missing" ]; then
    if [ "$purpose" = check ]; then
        echo "setup: Debian packages that are missing: $missing (\`make test\` installs them)" >&2
        case $missing in *python3-venv*) exit 1 ;; esac
    elif ! command -v apt-get >/dev/null; then
        echo "setup: not a Debian system, where these would be installed: $missing" >&2
    elif [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        fail "neither root nor sudo, and these Debian packages are missing: $missing"
    else
        todo="Debian packages $missing"
    fi
fi

inputs=$({ echo "$venv"; cat requirements.lock requirements-dev.lock requirements-bench.lock pyproject.toml; } | sha256sum | cut -d ' ' -f 1)
install=
if ! python_is_ready; then
    install=python
    todo="$todo${todo:+ and }$(grep -c '^[a-z]' "$lock") Python packages into ${venv##*/}"
fi

[ -z "$todo" ] || echo "setup: installing $todo"
# shellcheck disable=SC2086 # words on purpose
case $todo in Debian*) install_packages $missing ;; esac
[ -z "$install" ] || install_python
