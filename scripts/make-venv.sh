#!/usr/bin/env bash
# Make the virtual environment $1 with the first Python that is new enough; PYTHON names another one.
set -euo pipefail

find_python() {
  local candidate
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$candidate"; return; }
  done
  echo "Hongyan needs Python 3.11 or later (PYTHON=/path/to/python make run names one)." >&2
  return 1
}

PYTHON=$(find_python)
export PYTHON
"$(dirname "$0")/debian-packages.sh" venv
trap 'rm -rf "$1"' ERR INT TERM   # half an environment would pass for a whole one
"$PYTHON" -m venv --clear "$1"
