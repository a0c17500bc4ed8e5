#!/bin/sh
# usage: check-installed.sh FILE.deb. Installs, looks, runs, upgrades, removes, purges. Only on a system that is thrown away.
set -eu
package=$1
say() { echo "  $*"; }
fail() { echo "✗ $*"; exit 1; }
same() { [ "$1" = "$2" ] || fail "$3: expected \"$1\", got \"$2\""; }
mode() { stat -c '%U:%G %a' "$1"; }
# with FILE COMMAND…: as the unit does, with the URLs in FILE. All that it told when it fails, else the last line.
with() {
  urls=$1; shift
  (set -a && . "$urls" && exec "$@") >/tmp/told 2>&1 || { code=$?; cat /tmp/told; fail "$* ended with $code"; }
  tail -n 1 /tmp/told
}
as_casaforte() { setpriv --reuid casaforte --regid casaforte --init-groups --no-new-privs "$@"; }

[ ! -e /usr/bin/casaforte ] || fail "casaforte is installed here already"
# The program must not lean on a Node of the machine.
for node in /usr/bin/node /usr/local/bin/node /usr/bin/nodejs; do rm -f $node; done
rm -rf /etc/casaforte /srv/casaforte /var/lib/casaforte

dpkg --force-depends -i "$package" >/tmp/install.log 2>&1 || { cat /tmp/install.log; fail "the installation"; }
grep -q "next, /usr/share/doc/casaforte/runbook/install.md" /tmp/install.log || fail "nothing told what comes next"
same "install ok installed" "$(dpkg-query -W -f '${Status}' casaforte)" "state"
dpkg -V casaforte || fail "a file is not the package's"
same "casaforte:casaforte 711" "$(mode /var/lib/casaforte)" /var/lib/casaforte
same "casaforte:casaforte 700" "$(mode /srv/casaforte)" /srv/casaforte
same "root:casaforte 750" "$(mode /etc/casaforte)" /etc/casaforte
same "" "$(dpkg-query -W -f '${Conffiles}' casaforte)" "files of configuration that the package owns"
same "/usr/sbin/nologin" "$(getent passwd casaforte | cut -d: -f7)" "shell"
same "" "$(find /usr/lib/casaforte /usr/bin/casaforte \( ! -user root -o ! -group root -o -perm /7022 \) ! -type l)" "files that others may write"
same "" "$(find /etc/systemd/system -name 'casaforte*')" "units that the installation enabled"
if command -v systemd-analyze >/dev/null; then
  systemd-analyze verify /usr/lib/systemd/system/casaforte*.service /usr/lib/systemd/system/casaforte*.timer || fail "units"
fi
if command -v man >/dev/null; then man -w casaforte >/dev/null || fail "the manual page"; fi
say "installed: files, owners, modes, units"

as_casaforte casaforte --help | grep -q init-database || fail "casaforte --help"
version=$(as_casaforte casaforte --version)
same "$(dpkg-query -W -f '${Version}' casaforte)" "$version" "version"
say "casaforte $version runs without any Node of the machine"

# The administrator's database server: the distribution's.
server=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
[ -n "$server" ] || fail "install postgresql: the check starts a server of its own"
getent passwd postgres >/dev/null || useradd --system --user-group --no-create-home postgres
install -d -o postgres /tmp/prova-db
db() { (cd /tmp/prova-db && setpriv --reuid postgres --regid postgres --clear-groups "$@"); }
db "$server/initdb" -D /tmp/prova-db/data -U prova --auth=trust >/tmp/initdb.log 2>&1 || { cat /tmp/initdb.log; fail "initdb"; }
db "$server/pg_ctl" -D /tmp/prova-db/data -w -o "-k /tmp/prova-db -c listen_addresses='' -c max_connections=100" -l /tmp/prova-db/log start >/dev/null
DATABASE_SUPERUSER_URL="postgres://prova@/postgres?host=/tmp/prova-db" casaforte init-database >/tmp/urls || fail "init-database"
grep '^DATABASE_OWNER_URL=' /tmp/urls >/etc/casaforte/owner.env
grep -v '^DATABASE_OWNER_URL=' /tmp/urls >/etc/casaforte/database.env
chmod 600 /etc/casaforte/*.env
rm /tmp/urls
say "init-database"

casaforte make-key /etc/casaforte/master-1.key >/dev/null
chown casaforte:casaforte /etc/casaforte/master-1.key
cat >/etc/casaforte/casaforte.yaml <<'YAML'
provider: { name: Prova, hostname: localhost, supportAddress: help@prova.example }
data: /var/lib/casaforte
masterKeys: [{ id: 1, file: /etc/casaforte/master-1.key }]
sites: [{ id: mi1, name: Milano, country: IT, jurisdiction: { it: Italia, en: Italy }, blobs: /srv/casaforte/mi1 }]
http:
  console: { port: 7080, publicUrl: "https://console.prova.example" }
  operator: { port: 7081, publicUrl: "https://operator.prova.example" }
  webmail: { port: 7082, publicUrl: "https://webmail.prova.example" }
  vault: { port: 7083, publicUrl: "https://vault.prova.example" }
  jmap: { port: 7084, publicUrl: "https://jmap.prova.example" }
vault: { leaveOutZeros: true }
trustedProxies: ["127.0.0.1", "::1"]
mail:
  smtp: { port: 2525 }
  submission: { port: 2587 }
  imap: { port: 2143 }
  outbound: { mode: direct }
  dns: false
log: { level: info, file: /var/log/casaforte/casaforte.log }
YAML
with /etc/casaforte/owner.env casaforte migrate --config /etc/casaforte/casaforte.yaml
# systemd makes the folders that the unit names.
install -d -o casaforte -g casaforte -m 0755 /var/log/casaforte
install -d -o casaforte -g casaforte -m 0700 /srv/casaforte/mi1

serve() {
  (set -a && . /etc/casaforte/database.env && exec setpriv --reuid casaforte --regid casaforte --init-groups --no-new-privs \
    casaforte serve --config /etc/casaforte/casaforte.yaml) >/tmp/serve.log 2>&1 &
  served=$!
  tries=0
  until grep -q "Casaforte is ready" /tmp/serve.log; do
    kill -0 $served 2>/dev/null || { cat /tmp/serve.log; fail "serve"; }
    tries=$((tries + 1)); [ $tries -lt 240 ] || { cat /tmp/serve.log; fail "serve is not ready after a minute"; }
    sleep 0.25
  done
}
serve
answer() { curl -sS -H "accept: text/html" -H "x-forwarded-proto: https" -H "host: $1.prova.example" -o /tmp/answer -w '%{http_code}' "http://127.0.0.1:$2$3"; }
for face in console:7080 operator:7081 webmail:7082; do
  same 200 "$(answer ${face%:*} ${face#*:} /healthz)" "$face health"
  same 200 "$(answer ${face%:*} ${face#*:} /)" "$face page"
  grep -q '<div id="root"' /tmp/answer || fail "$face serves no app"
done
kill -HUP $served
for face in console:7080 operator:7081 webmail:7082; do same 200 "$(answer ${face%:*} ${face#*:} /healthz)" "$face after a reload"; done
kill -TERM $served
wait $served || fail "serve did not stop in order: $(cat /tmp/serve.log)"
say "migrate; serve answers with its three apps as user casaforte, and stops when asked"
with /etc/casaforte/database.env casaforte doctor --config /etc/casaforte/casaforte.yaml

# What casaforte-save.service runs, as it runs it; the drill starts the PostgreSQL that the package carries.
export DATABASE_SAVE_URL="postgres://prova@/casaforte?host=/tmp/prova-db"
with /etc/casaforte/database.env casaforte save --config /etc/casaforte/casaforte.yaml --to /tmp/saved
with /etc/casaforte/database.env casaforte drill --config /etc/casaforte/casaforte.yaml --from /tmp/saved
say "saved and drilled"

echo kept >/srv/casaforte/mi1/kept
chmod 0701 /srv/casaforte
dpkg --force-depends -i "$package" >/tmp/upgrade.log 2>&1 || { cat /tmp/upgrade.log; fail "the upgrade"; }
if grep -q "next, /usr/share" /tmp/upgrade.log; then fail "an upgrade tells the first steps"; fi
grep -q "before you start it: casaforte migrate" /tmp/upgrade.log || fail "nothing told that the schema may have to change"
same "casaforte:casaforte 701" "$(mode /srv/casaforte)" "an administrator's own mode"
serve; kill -TERM $served; wait $served || fail "serve after the upgrade"
say "installed over itself, it serves as before"

dpkg -r casaforte >/tmp/remove.log 2>&1 || { cat /tmp/remove.log; fail "removal"; }
[ ! -e /usr/bin/casaforte ] && [ ! -e /usr/lib/casaforte ] || fail "left by the removal: $(find /usr/lib/casaforte | head -3)"
dpkg -P casaforte >/tmp/purge.log 2>&1 || { cat /tmp/purge.log; fail "purge"; }
grep -q "were left as they are" /tmp/purge.log || fail "purge does not tell what stays"
[ -f /srv/casaforte/mi1/kept ] && [ -f /etc/casaforte/master-1.key ] || fail "purge took data that nobody told it to take"
dpkg --force-depends -i "$package" >/dev/null 2>&1
echo delete-all-customers-data >/etc/casaforte/purge-data
# Blobs on a disk of their own, and keys behind a link.
mount -t tmpfs tmpfs /srv/casaforte
mv /var/lib/casaforte /tmp/moved && ln -s /tmp/moved /var/lib/casaforte
echo gone >/srv/casaforte/blob
dpkg -P casaforte >/tmp/purge.log 2>&1 || { cat /tmp/purge.log; fail "purge when told"; }
same "" "$(ls -A /srv/casaforte)" "on the mount"
umount /srv/casaforte
rm -rf /srv/casaforte
grep -q "/srv/casaforte was emptied; its mount stays" /tmp/purge.log || fail "purge does not tell of the mount"
for gone in /etc/casaforte /var/lib/casaforte /tmp/moved /var/log/casaforte; do [ ! -e $gone ] && [ ! -L $gone ] || fail "$gone is left"; done
if getent passwd casaforte >/dev/null; then fail "the user is left"; fi
say "removed and purged: data stay, and go only when told"
echo "✓ the package"
