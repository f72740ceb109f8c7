#!/bin/sh
# Get what the tests need beside Python: a Chromium, and Maven with a JDK of 21 or newer for Elasticsearch.
# On Debian and its kin they are installed where we may. What is missing after that is said in one line each;
# the tests that need it are then skipped, or fail where CI=true.
set -eu

python=${1:?the Python of the environment}

found() { command -v "$1" >/dev/null 2>&1; }

install() {
    found apt-get || return 1
    sudo=
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || return 1
        sudo="sudo -n"
    fi
    if [ -z "${updated:-}" ]; then
        $sudo apt-get update -q >/dev/null || return 1
        updated=1
    fi
    echo "Installing $* from the system's packages"
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@" >/dev/null
}

browser() {
    found chromium || found chromium-browser || found google-chrome ||
        "$python" -c 'import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as it:
    sys.exit(not pathlib.Path(it.chromium.executable_path).exists())' 2>/dev/null
}

jdk() {
    for home in "${ES_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        [ -f "$home/release" ] && [ -x "$home/bin/java" ] || continue
        major=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
        [ "${major:-0}" -ge 21 ] && return
    done
    return 1
}

newest_jdk() {
    found apt-cache || return 1
    for package in openjdk-25-jdk-headless openjdk-21-jdk-headless; do
        apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [0-9]' && echo "$package" && return
    done
    return 1
}

browser || install chromium fonts-dejavu-core || true
browser || "$python" -m playwright install chromium >/dev/null 2>&1 || true
browser || echo "missing: Chromium; install your system's, or run: $python -m playwright install chromium"

if [ -z "${ELASTICSEARCH_URL:-}" ]; then
    found mvn || install maven || true
    found mvn || echo "missing: Maven (mvn), which fetches Elasticsearch; install it, or set ELASTICSEARCH_URL to a server"
    jdk || { package=$(newest_jdk) && install "$package"; } || true
    jdk || echo "missing: a JDK of 21 or newer for Elasticsearch; install one and set ES_JAVA_HOME, or set ELASTICSEARCH_URL"
fi
