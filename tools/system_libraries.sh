#!/bin/sh
# Slicer's views render without a screen through EGL and Mesa, which no wheel carries. Installs them where that is
# possible; otherwise says in one sentence what is missing. Never fails: reading needs no rendering, and the steps that
# do (the screenshot, the tests of the views) report it themselves.

PACKAGES="libegl1 libgl1 libgl1-mesa-dri"

present() {
    ldconfig=$(command -v ldconfig || echo /sbin/ldconfig)
    libraries=$("$ldconfig" -p 2>/dev/null)
    for library in libEGL.so.1 libGL.so.1; do
        case $libraries in *"$library "*) ;; *) return 1 ;; esac
    done
    # A vendor (Mesa, NVIDIA) stands behind the dispatcher libEGL.so.1.
    ls /usr/share/glvnd/egl_vendor.d/*.json /etc/glvnd/egl_vendor.d/*.json 2>/dev/null | grep -q .
}

present && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing $PACKAGES for rendering without a screen."
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086  # a list of words
    { apt-get update && apt-get install --yes --no-install-recommends $PACKAGES; } </dev/null >/dev/null 2>&1
fi
present || echo "No screenshot can be rendered, because EGL and Mesa are missing; install them with: sudo apt-get install $PACKAGES" >&2
exit 0
