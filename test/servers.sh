#!/usr/bin/env bash
# servers.sh start FOLDER: starts Redis and PostgreSQL for the tests where none answer at their usual addresses, with their
# data in FOLDER, and prints where they are, for eval. servers.sh stop FOLDER: stops those again. Needs root for
# PostgreSQL, which refuses to run as root and gets its own user. See install-programs.sh.
set -euo pipefail
folder=$2
redis_port=63790
postgres_port=54320

as_postgres() { (cd / && runuser --user postgres -- "$@"); }
postgres_bin() { printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort | tail -n 1; }

start_redis() {
  if redis-cli -u "${REDIS_URL:-redis://127.0.0.1:6379}" ping 2>/dev/null | grep --quiet PONG; then return; fi
  redis-server --port $redis_port --bind 127.0.0.1 --save "" --dir "$folder" --pidfile "$folder/redis.pid" --daemonize yes >&2
  echo "export REDIS_URL=redis://127.0.0.1:$redis_port"
}

start_postgres() {
  local url=${DATABASE_URL:-${POSTGRES_URL:-postgres://postgres@127.0.0.1:5432/test}}
  if PGCONNECT_TIMEOUT=5 psql --no-password --command "SELECT 1" "$url" >/dev/null 2>&1; then return; fi
  install --directory --owner=postgres "$folder/postgres"
  chmod a+x "$folder"
  as_postgres "$(postgres_bin)/initdb" --auth=trust --no-sync --pgdata="$folder/postgres" >&2
  as_postgres "$(postgres_bin)/pg_ctl" start --wait --pgdata="$folder/postgres" --log="$folder/postgres/log" \
    --options="-h 127.0.0.1 -p $postgres_port -k $folder/postgres" >&2
  psql --command "CREATE DATABASE test" "postgres://postgres@127.0.0.1:$postgres_port/postgres" >&2
  echo "export DATABASE_URL=postgres://postgres@127.0.0.1:$postgres_port/test"
}

case $1 in
  start)
    start_redis
    start_postgres
    ;;
  stop)
    if [[ -f $folder/redis.pid ]]; then kill "$(<"$folder/redis.pid")"; fi
    if [[ -f $folder/postgres/postmaster.pid ]]; then
      as_postgres "$(postgres_bin)/pg_ctl" stop --mode=fast --pgdata="$folder/postgres" >&2
    fi
    ;;
esac
