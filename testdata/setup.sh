#!/usr/bin/env bash
# Installs what the build and the tests need; quiet when all is there.
# Root installs Debian packages; without root the missing ones are named, and the tests that need them say so.
set -eu

tools=$(cd "$(dirname "$0")/.." && pwd)/bin/tools
mkdir -p "$tools"

go_tool() { # name, module path, version
    [ -x "$tools/$1" ] && "$tools/$1" "${4:---version}" >/dev/null 2>&1 && [ -e "$tools/.$1-$3" ] && return
    echo "setup: $1 $3"
    GOBIN=$tools go install "$2@$3"
    touch "$tools/.$1-$3"
}

go mod download
go_tool gofumpt mvdan.cc/gofumpt v0.12.0
go_tool staticcheck honnef.co/go/tools/cmd/staticcheck v0.8.2 -version
go_tool govulncheck golang.org/x/vuln/cmd/govulncheck v1.9.0 -version
go_tool kustomize sigs.k8s.io/kustomize/kustomize/v5 v5.8.2 version
go_tool kubeconform github.com/yannh/kubeconform/cmd/kubeconform v0.8.0 -v
go_tool actionlint github.com/rhysd/actionlint/cmd/actionlint v1.7.12 -version

if ! command -v uv >/dev/null 2>&1; then
    echo "setup: uv"
    python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check uv
fi

packages=()
[ -x /usr/lib/postgresql/15/bin/postgres ] || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || packages+=(postgresql)
command -v redis-server >/dev/null 2>&1 || packages+=(redis-server)
command -v buildah >/dev/null 2>&1 || packages+=(buildah)
command -v debootstrap >/dev/null 2>&1 || packages+=(debootstrap)
command -v wrk >/dev/null 2>&1 || packages+=(wrk)
command -v javac >/dev/null 2>&1 || packages+=(default-jdk-headless)
command -v mvn >/dev/null 2>&1 || packages+=(maven)
if [ ${#packages[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "setup: ${packages[*]}"
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq >/dev/null
        apt-get install -qq --no-install-recommends "${packages[@]}" >/dev/null 2>&1 ||
            echo "setup: could not install ${packages[*]}; the tests that need them will say so" >&2
    else
        echo "setup: not installed: ${packages[*]}; the tests that need them will say so" >&2
    fi
fi

# A server for MongoDB's wire protocol, from Maven Central.
mongo=$tools/mongo-java-server
if [ ! -e "$mongo/mongo-java-server-core-1.47.0.jar" ]; then
    echo "setup: mongo-java-server 1.47.0"
    rm -rf "$mongo" "$mongo.new"
    if mvn --quiet --batch-mode --file "$(dirname "$0")/e2e/mongo/pom.xml" \
        dependency:copy-dependencies -DoutputDirectory="$mongo.new" >/dev/null 2>&1; then
        mv "$mongo.new" "$mongo"
    else
        echo "setup: could not get mongo-java-server; the tests that need it will say so" >&2
    fi
fi
