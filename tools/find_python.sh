#!/bin/sh
# Prints the path of the first Python 3.11 or 3.12 that can make a virtual environment.
#   find_python.sh [NAME_OR_PATH...]      without a name: the usual ones
# A name is looked up on the PATH and among pyenv's versions, whose shims fail for versions that are not selected.

usable() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1
}

[ $# -gt 0 ] || set -- python3.11 python3.12 python3 python
for name in "$@"; do
    for candidate in "$(command -v "$name")" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/"$name"; do
        if [ -n "$candidate" ] && usable "$candidate"; then
            printf '%s\n' "$candidate"
            exit 0
        fi
    done
done
echo "No Python 3.11 or 3.12 with venv was found as $*; install python3.11 and python3.11-venv, or give PYTHON=/path/to/python." >&2
exit 1
