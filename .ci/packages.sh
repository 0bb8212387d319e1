# Sourced by run: installs the system packages that the tests need and that are not there. Root, Debian or Ubuntu.
packages=()
if [ -z "$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null)" ]; then
  packages+=(postgresql)
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf # the program is wanted, not a database of the system
fi
command -v redis-server >/dev/null || packages+=(redis-server)
command -v mvn >/dev/null || packages+=(maven)
if ! command -v javac >/dev/null || [ "$(javac -version 2>&1 | sed 's/[^0-9]*\([0-9]*\).*/\1/')" -lt 17 ]; then packages+=(jdk); fi
[ -x "${CHROMIUM_PATH:-/usr/bin/chromium}" ] || packages+=(chromium)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || packages+=(fonts-noto-cjk) # the pictures of the Chinese pages
if [ ${#packages[@]} -gt 0 ]; then
  echo "Installing system packages: ${packages[*]}"
  apt-get update -qq
  if apt-cache show openjdk-17-jdk-headless >/dev/null 2>&1; then jdk=openjdk-17-jdk-headless; else jdk=default-jdk-headless; fi
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${packages[@]/#jdk/$jdk}" >/dev/null
fi
