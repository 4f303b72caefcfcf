#!/bin/sh
# Makes .venv: finds a Python, installs what requirements.lock pins, then counterplay itself, and
# compiles its kernels.
# Does nothing when .venv already matches this folder's lock and project file.
set -eu
cd "$(dirname "$0")"

# With it set, nothing would ever be byte-compiled and every start would stay slow.
unset PYTHONDONTWRITEBYTECODE

stamp=.venv/.stamp
wanted="$(pwd) $(cat pyproject.toml requirements.lock bootstrap.sh | cksum)"
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

suits() {
    "$1" -c 'import sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

# A version manager's shim can exist and still not run, so each candidate is tried.
find_python() {
    for candidate in python3.12 python3.13 python3.14 python3 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[2-9]*/bin/python3; do
        if suits "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "counterplay needs Python 3.12 or newer (with venv), and found none that runs:" >&2
    echo "tried python3.12, python3.13, python3.14, python3 and pyenv's versions." >&2
    echo "Install one and run the same command again." >&2
    return 1
}

if ! suits .venv/bin/python; then
    base=$(find_python)
    echo "Making .venv with $("$base" --version) ..."
    rm -rf .venv
    "$base" -m venv .venv
fi
rm -f "$stamp"
py=.venv/bin/python

pip_install() {
    "$py" -m pip install -qq --disable-pip-version-check "$@"
}

# The lock's own entry for uv is what installs uv, hashes included.
uv_pin() {
    awk '/^uv==/ { on = 1 } on { print } on && !/\\$/ { exit }' requirements.lock
}

install_with_uv() {
    uv_pin >.venv/uv.txt
    pip_install --require-hashes -r .venv/uv.txt || return 1
    .venv/bin/uv --version >/dev/null 2>&1 || return 1
    .venv/bin/uv pip install --quiet --python "$py" --require-hashes \
        --build-constraints requirements.lock -r requirements.lock || return 1
    .venv/bin/uv pip install --quiet --python "$py" --no-deps --no-build-isolation -e .
}

install_with_pip() {
    pip_install --require-hashes -r requirements.lock
    pip_install --no-deps --no-build-isolation -e .
}

echo "Installing the locked packages into .venv ..."
if ! install_with_uv; then
    echo "uv could not do it; trying pip ..." >&2
    install_with_pip
fi

echo "Compiling the behaviour (a minute or two) ..."
if ! "$py" -m experiments.runs.kernels; then
    echo "That failed; the first run will try again." >&2
fi

echo "$wanted" >"$stamp"
