#!/bin/sh
# Boots systemd on a machine of its own: this one's /usr, an empty rest, no
# network. $1 is seen there as /opt/davd.
# Where this machine itself runs without systemd, its control groups are not as the machine inside wants them.
set -eu
if [ ! -d /run/systemd/system ]; then
  mount --make-rprivate /
  umount --recursive --lazy /sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  mkdir "/sys/fs/cgroup/davd-machine-$$"
  echo $$ > "/sys/fs/cgroup/davd-machine-$$/cgroup.procs"
fi
exec systemd-nspawn --quiet --register=no --keep-unit --boot --directory=/ --volatile=yes --private-network \
  --console=pipe --tmpfs=/usr/local --bind-ro="$1:/opt/davd" systemd.unit=basic.target \
  systemd.firstboot=off systemd.mask=systemd-networkd-wait-online.service
