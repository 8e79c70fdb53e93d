#!/bin/sh
# Installs davd from the folder of this script: the executable, its manual page, its system user, its data folder and its
# service. Running it again with a later davd is the upgrade. It removes nothing.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ "$(id -u)" = 0 ] || { echo "install.sh: run it as root" >&2; exit 1; }
[ -x "$here/davd" ] || { echo "install.sh: there is no davd in $here: unpack the archive first" >&2; exit 1; }
version=$("$here/davd" --version) || { echo "install.sh: this davd does not run here: it needs Linux for x64 or arm64 with glibc 2.28" >&2; exit 1; }

# A new file under the name of the one that runs: a running executable can't be written to.
install -D -m 0755 "$here/davd" /usr/local/bin/davd.new
mv /usr/local/bin/davd.new /usr/local/bin/davd
[ ! -f "$here/davd.1" ] || install -D -m 0644 "$here/davd.1" /usr/local/share/man/man1/davd.1

if ! getent passwd davd >/dev/null; then
  useradd --system --user-group --home-dir /var/lib/davd --no-create-home --shell /usr/sbin/nologin davd
fi
[ -d /var/lib/davd ] || install -d -m 0700 -o davd -g davd /var/lib/davd

# One that is there may be made for other settings, by davd service install.
if [ -d /etc/systemd/system ] && [ ! -e /etc/systemd/system/davd.service ]; then
  install -m 0644 "$here/davd.service" /etc/systemd/system/davd.service
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart davd.service
fi
echo "davd $version is in /usr/local/bin."
[ -e /var/lib/davd/davd.json ] || echo "Next: davd init --yes && davd user add NAME && systemctl enable --now davd"
