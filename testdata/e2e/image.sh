#!/usr/bin/env bash
# Builds a project's Dockerfile and tries the image: image.sh PROJECT
#
# No image is pulled. The base images that the Dockerfile names are stood in for by what this machine can make: the
# Debian release of the Python image from debootstrap, and the uv that is installed here. The build reaches the network as
# this machine does; the image runs without any. Everything is kept below ~/.cache/scaffold-e2e, nothing in the
# machine's own image store.
#
# Exit: 0 all held · 1 something did not · 77 it could not be tried here, and the last line says why.
set -euo pipefail

project=$(cd "${1:?image.sh PROJECT}" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/scaffold-e2e
limit_mb=200
base_mb=125 # what the real Python image holds, rounded up; the stand-in is larger

skip() { echo "image: not tried: $*"; exit 77; }
fail() { echo "image: $*" >&2; exit 1; }

[ "$(uname -s)" = Linux ] || skip "it needs Linux"
[ "$(id -u)" = 0 ] || skip "it needs root, for chroot and namespaces"
for program in buildah debootstrap uv python3 unshare setpriv; do
    command -v "$program" >/dev/null 2>&1 || skip "$program is not installed"
done
unshare -mnpf true 2>/dev/null || skip "namespaces are not allowed here"
[ -f "$project/uv.lock" ] || skip "the project has no uv.lock"

work=$(mktemp -d)
export TMPDIR=$work # buildah keeps cache mounts below it: fresh ones for each run
mkdir -p "$cache"
exec 9>"$cache/lock" && flock 9
store() { buildah --root "$cache/storage" --runroot "$work/run" "$@"; }
cleanup() {
    store rm --all >/dev/null 2>&1 || true
    store rmi --force localhost/scaffold-e2e:project >/dev/null 2>&1 || true
    store rmi --prune --force >/dev/null 2>&1 || true
    umount -R "$cache/storage/overlay" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

# The base images. `FROM name AS stage` of the Dockerfile, without those that are stages.
bases=$(awk 'toupper($1) == "FROM" { if (!($2 in stage)) print $2; if (toupper($3) == "AS") stage[$4] = 1 }' "$project/Dockerfile" | sort -u)

certificates() { # the authorities that this machine trusts
    for file in "${SSL_CERT_FILE:-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
        [ -f "$file" ] && { echo "$file"; return; }
    done
}

python_base() { # tag: python:3.13-slim-trixie is Debian trixie with its own Python
    local release=${1##*-} rootfs container name
    if ! store inspect --type image "standin/$release" >/dev/null 2>&1; then
        rootfs=$work/$release
        debootstrap --variant=minbase --include=ca-certificates,python3,netbase,tzdata "$release" "$rootfs" >"$work/debootstrap.log" 2>&1 ||
            skip "debootstrap $release: $(tail -n 1 "$work/debootstrap.log")"
        rm -rf "$rootfs"/var/cache/apt/* "$rootfs"/var/lib/apt/lists/*
        ln -s /usr/bin/python3 "$rootfs/usr/local/bin/python"
        container=$(store from scratch)
        store copy -q "$container" "$rootfs" / >/dev/null
        store config --cmd python3 --env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
        store commit -q "$container" "standin/$release" >/dev/null
        store rm "$container" >/dev/null
        rm -rf "$rootfs"
    fi
    container=$(store from --pull-never "localhost/standin/$release")
    store copy -q "$container" "$(certificates)" /etc/ssl/certs/ca-certificates.crt >/dev/null
    store config --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt "$container"
    for name in UV_DEFAULT_INDEX UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL; do
        [ -z "${!name:-}" ] || store config --env "$name=${!name}" "$container"
    done
    store commit -q "$container" "docker.io/library/$1" >/dev/null
    store rm "$container" >/dev/null
}

uv_base() {
    local container binary
    binary=$(uv run --no-project --with uv python -c 'import uv; print(uv.find_uv_bin())' 2>/dev/null || command -v uv)
    container=$(store from scratch)
    store copy -q "$container" "$(readlink -f "$binary")" /uv >/dev/null
    store commit -q "$container" "$1" >/dev/null
    store rm "$container" >/dev/null
}

for base in $bases; do
    case $base in
        python:*-slim-*) python_base "$base" ;;
        */uv:*) uv_base "$base" ;;
        *) skip "there is no stand-in for the base image $base" ;;
    esac
done

image=localhost/scaffold-e2e:project
store bud --isolation chroot --format docker --pull-never --layers=false -t "$image" "$project" >"$work/build.log" 2>&1 || {
    tail -n 30 "$work/build.log" >&2
    fail "the build failed"
}
container=$(store from --pull-never "$image")
root=$(store mount "$container")
store inspect --type image "$image" >"$work/image.json"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python3 "$here/image_check.py" look "$work/image.json" "$root" "$project" "$base_mb" "$limit_mb"
unshare --mount --net --propagation private python3 "$here/image_check.py" run "$work/image.json" "$root" "$work"
