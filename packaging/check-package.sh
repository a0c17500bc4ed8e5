#!/bin/sh
# usage: check-package.sh FILE.deb. Root only. Installs the package into a copy of this system that nothing outlives: an
# overlay of / in memory, with processes and a network of its own. Then check-installed.sh runs in there.
set -eu
package=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
[ "$(id -u)" = 0 ] || { echo "this check needs root: it mounts an overlay of / for itself"; exit 1; }
if command -v lintian >/dev/null; then
  lintian --allow-root --fail-on error --tag-display-limit 0 "$package"
else
  echo "lintian is not installed: its part is left out"
fi
exec unshare --mount --pid --net --fork --kill-child sh -eu -c '
  mount -t tmpfs tmpfs /mnt
  mkdir /mnt/upper /mnt/work /mnt/root
  mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
  mount -t proc proc /mnt/root/proc
  mount --rbind /dev /mnt/root/dev
  ip link set lo up
  cp "$0" /mnt/root/tmp/casaforte.deb
  cp "$1" /mnt/root/tmp/check-installed.sh
  exec chroot /mnt/root env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root sh /tmp/check-installed.sh /tmp/casaforte.deb
' "$package" "$here/check-installed.sh"
