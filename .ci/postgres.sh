# Sourced by run: a throw-away PostgreSQL on 127.0.0.1 for the conformance lane, stopped when the run ends. Root and Debian.
if [ -z "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ]; then
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf # no default cluster
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql >/dev/null
fi
pg_bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
pg_dir=$(mktemp -d)
chown postgres: "$pg_dir"
pg_port=$(node -e 'const s=require("node:net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
(
  cd "$pg_dir"
  runuser -u postgres -- "$pg_bin/initdb" -D "$pg_dir/data" -U push --auth=trust -E UTF8 --locale=C.UTF-8 >"$pg_dir/initdb.log"
  runuser -u postgres -- "$pg_bin/pg_ctl" -D "$pg_dir/data" -l "$pg_dir/log" -w -s \
    -o "-p $pg_port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$pg_dir" start </dev/null
)
stop_postgres() {
  (cd "$pg_dir" && runuser -u postgres -- "$pg_bin/pg_ctl" -D "$pg_dir/data" -m fast -w -s stop)
  rm -rf "$pg_dir"
}
trap stop_postgres EXIT
export TEST_DATABASE_URL="postgres://push@127.0.0.1:$pg_port/postgres"
