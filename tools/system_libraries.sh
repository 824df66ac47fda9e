#!/bin/sh
# Slicer's views render without a screen through EGL and Mesa, which no wheel carries; the viewer's tests drive a
# Chromium, and the panel's tests open a window under Xvfb. Installs them where that is possible; otherwise says in one
# sentence what is missing. Never fails: reading needs none of them, and the steps that do (the screenshot, the tests of
# views, viewer and panel) report it themselves.
# With the argument "tests" what only tests need is installed too: `make demo` does without.

PACKAGES="libegl1 libgl1 libgl1-mesa-dri"
BROWSER="chromium"
# A screen, letters, and what Qt's plugin for X11 needs.
WINDOW="xvfb fonts-dejavu-core libdbus-1-3 libfontconfig1 libglib2.0-0 libx11-xcb1 libxcb-cursor0 libxcb-icccm4
    libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render-util0 libxcb-shape0 libxcb-xkb1 libxkbcommon-x11-0"

libraries_present() {
    ldconfig=$(command -v ldconfig || echo /sbin/ldconfig)
    libraries=$("$ldconfig" -p 2>/dev/null)
    for library in "$@"; do
        case $libraries in *"$library "*) ;; *) return 1 ;; esac
    done
}

present() {
    libraries_present libEGL.so.1 libGL.so.1 || return 1
    # A vendor (Mesa, NVIDIA) stands behind the dispatcher libEGL.so.1.
    ls /usr/share/glvnd/egl_vendor.d/*.json /etc/glvnd/egl_vendor.d/*.json 2>/dev/null | grep -q .
}

browser_present() {
    for name in chromium chromium-browser google-chrome; do
        command -v "$name" >/dev/null && return 0
    done
    return 1
}

window_present() {
    command -v Xvfb >/dev/null && libraries_present libdbus-1.so.3 libfontconfig.so.1 libX11-xcb.so.1 libxcb-cursor.so.0 \
        libxcb-icccm.so.4 libxcb-image.so.0 libxcb-keysyms.so.1 libxcb-randr.so.0 libxcb-render-util.so.0 \
        libxcb-shape.so.0 libxcb-xkb.so.1 libxkbcommon-x11.so.0
}

install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return
    echo "Installing $*."
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update && apt-get install --yes --no-install-recommends "$@"; } </dev/null >/dev/null 2>&1
}

if [ "$1" = tests ] && ! browser_present; then
    install $BROWSER
    browser_present || echo "The viewer's tests will be skipped, because no Chromium is there; install it with: sudo apt-get install $BROWSER" >&2
fi
if [ "$1" = tests ] && ! window_present; then
    # shellcheck disable=SC2086  # a list of words
    install $WINDOW
    window_present || echo "The panel's tests will be skipped, because Xvfb or a library of Qt is missing; install them with: sudo apt-get install" $WINDOW >&2
fi
present && exit 0
# shellcheck disable=SC2086  # a list of words
install $PACKAGES
present || echo "No screenshot can be rendered, because EGL and Mesa are missing; install them with: sudo apt-get install $PACKAGES" >&2
exit 0
