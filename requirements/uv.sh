#!/bin/sh
# Print the path of uv. Where the machine has none, put one of our own into .cache/uv first, by pip.
# A folder of its own (--target) works on Pythons that are managed by the system, too.
set -eu

python=${PYTHON:-python3}
here=$(dirname "$0")
own=$(pwd)/.cache/uv

if uv --version >/dev/null 2>&1; then
    command -v uv
    exit
fi

if [ ! -x "$own/bin/uv" ]; then
    if ! "$python" -m pip --version >/dev/null 2>&1 && command -v apt-get >/dev/null; then
        echo "uv: there is no pip; asking the system for python3-pip" >&2
        if [ "$(id -u)" = 0 ]; then
            { apt-get update -q && apt-get install -qy --no-install-recommends python3-pip; } >&2 || true
        elif sudo -n true 2>/dev/null; then
            { sudo apt-get update -q && sudo apt-get install -qy --no-install-recommends python3-pip; } >&2 || true
        fi
    fi
    if ! "$python" -m pip install --quiet --no-input --disable-pip-version-check --require-hashes \
        --target "$own" -r "$here/uv.txt" >&2; then
        echo "uv: cannot be installed; install pip for $python (Debian: python3-pip) or uv itself, then try again" >&2
        rm -rf "$own"
        exit 1
    fi
fi
echo "$own/bin/uv"
