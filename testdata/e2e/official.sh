#!/usr/bin/env bash
# Installs the backend of the official full-stack template for `make bench-api`: official.sh CLONE FOLDER
#
# CLONE is a clone, or the git directory of one. Its newest code is taken, with the dependencies of the day that our own
# projects lock. Where this machine's Python is older than what it asks for, its syntax is brought down to 3.11.
set -euo pipefail
clone=${1:?official.sh CLONE FOLDER} folder=${2:?official.sh CLONE FOLDER}

git --git-dir="$(git -C "$clone" rev-parse --absolute-git-dir)" archive HEAD backend | tar -x -C "$folder"
cd "$folder/backend"
mkdir -p app/frontend
sed -i 's/requires-python = .*/requires-python = ">=3.11"/' pyproject.toml
# PEP 758: `except A, B:` without parentheses.
find app -name '*.py' -exec sed -i -E 's/except ([A-Za-z_.]+(, [A-Za-z_.]+)+):/except (\1):/' {} +
# PEP 649: an annotation that names a class further down.
sed -i -E '/Relationship\(/s/list\[([A-Z]\w*)\]/list["\1"]/' app/models.py
uv sync --quiet --no-dev --exclude-newer 2026-11-16
uv run --no-sync python -m compileall -q app
uv run --no-sync alembic upgrade head
uv run --no-sync python app/initial_data.py
