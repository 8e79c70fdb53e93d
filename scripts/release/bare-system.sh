#!/usr/bin/env bash
# Shows that what `npm run build` made runs on a bare Debian: a chroot by debootstrap with nothing installed.
# As root, with debootstrap and curl on this machine: scripts/release/bare-system.sh [CHROOT]
# The chroot is made where there is none, and kept for the next run. Prints size, start time and memory.
set -euo pipefail
cd "$(dirname "$0")/../.."
chroot=${1:-/var/tmp/davd-bookworm}
[ -x "$chroot/usr/bin/dpkg" ] || debootstrap --variant=minbase bookworm "$chroot" > /dev/null
mountpoint -q "$chroot/proc" || mount -t proc proc "$chroot/proc"
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; umount "$chroot/proc"' EXIT
say() { printf '%-34s %s\n' "$1" "$2"; }
in_chroot() { chroot "$chroot" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }
port=$((20000 + RANDOM % 20000))

# Starts the file given on its folder, asks it something, and waits until it is idle.
serve() {
  local davd=$1 data=$2 begun answer
  rm -f "$chroot/tmp/davd.out"
  begun=$(date +%s%N)
  chroot "$chroot" env -i PATH=/usr/bin:/bin HOME=/root \
    "$davd" serve --data "$data" --listen "127.0.0.1:$port" > "$chroot/tmp/davd.out" 2>&1 &
  server=$!
  until grep -qs "davd ready" "$chroot/tmp/davd.out"; do sleep 0.01; done
  say "  ready after" "$((($(date +%s%N) - begun) / 1000000)) ms"
  answer=$(curl -s -o /dev/null -w '%{http_code}' -u alice:secret-alice-1 -X PROPFIND -H 'Depth: 1' \
    "http://127.0.0.1:$port/dav/calendars/alice/default/")
  say "  PROPFIND" "$answer"
  sleep 30
  say "  idle memory, PSS" "$(awk '/^Pss[:_]/ { mb[$1] = int($2 / 1024 + 0.5) }
    END { print mb["Pss:"] " MB: " mb["Pss_Anon:"] " its own, " mb["Pss_File:"] " of files" }' "/proc/$server/smaps_rollup")"
  kill "$server"; wait "$server" && server=
  [ "$answer" = 207 ]
}

say "system" "Debian $(cat "$chroot/etc/debian_version"), $(chroot "$chroot" dpkg -l | grep -c ^ii) packages"
say "file" "$(stat -c %s dist/davd) bytes, $(gzip -c dist/davd | wc -c) gzipped"
rm -rf "$chroot/root/davd" "$chroot/root/data"
cp dist/davd "$chroot/root/davd"
say "davd --version" "$(in_chroot /root/davd --version)"
in_chroot /root/davd init --yes --data /root/data > /dev/null
echo secret-alice-1 | in_chroot /root/davd user add alice --password-stdin --data /root/data > /dev/null
say "as the first command after a boot" "$(uptime | sed 's/.*load/load/')"
sync "$chroot/root/davd" && dd if="$chroot/root/davd" iflag=nocache count=0 status=none
serve /root/davd /root/data
say "as just copied" "$(uptime | sed 's/.*load/load/')"
cp dist/davd "$chroot/root/davd.new" && mv "$chroot/root/davd.new" "$chroot/root/davd"
serve /root/davd /root/data

cp dist/davd_*_"$(dpkg --print-architecture)".deb "$chroot/root/davd.deb"
in_chroot dpkg -i /root/davd.deb > /dev/null
say "dpkg -i, davd --version" "$(in_chroot davd --version)"
in_chroot davd init --yes > /dev/null
say "its data folder" "$(in_chroot stat -c '%A %U' /var/lib/davd)"
in_chroot dpkg --purge davd
[ -e "$chroot/var/lib/davd/davd.json" ] && say "after dpkg --purge" "the data are still there"
rm -rf "$chroot/var/lib/davd"
