#!/bin/sh
# Installs casaforte-agent from the vault that this text came from. Nothing is taken that is not signed by the key whose
# fingerprint the console shows (--key). POSIX sh; needs Node, tar with gzip, and curl or wget.
set -eu

origin='@ORIGIN@'
key='' token='' name='' prefix='' node='' service=yes enrol_options=''

usage() {
  cat <<TEXT
usage: install.sh --key FINGERPRINT [--token TOKEN [--name NAME]] [--node PATH] [--prefix DIR] [--no-service]

  --key FINGERPRINT  of the key that signs the agent, as the console shows it
  --token TOKEN      enrols this machine at once
  --name NAME        this machine's name in the console
  --node PATH        the Node to run it with, when the one on the path is too old
  --prefix DIR       where to install (root: /opt/casaforte-agent, else ~/.local/share/casaforte-agent)
  --no-service       write no systemd unit
TEXT
}
fail() {
  echo "casaforte-agent: $1" >&2
  exit 1
}
value() {
  [ "$#" -ge 2 ] || fail "$1 needs a value"
}

while [ "$#" -gt 0 ]; do
  case "$1" in
    --key) value "$@"; key=$2; shift 2 ;;
    --token) value "$@"; token=$2; shift 2 ;;
    --name) value "$@"; name=$2; shift 2 ;;
    --node) value "$@"; node=$2; shift 2 ;;
    --prefix) value "$@"; prefix=$2; shift 2 ;;
    --no-service) service=no; shift ;;
    --force) enrol_options=--force; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
case "$key" in
  '' | *[!0-9a-f]*) fail "--key is needed: the 64 letters and digits that the console shows" ;;
esac
[ "$(uname -s)" = Linux ] || fail "this agent runs on Linux"
command -v tar >/dev/null || fail "tar is needed"
[ -n "$node" ] || node=$(command -v node || true)
[ -n "$node" ] || fail "Node @NODE@ or newer is needed and there is none on the path: install it, or name it with --node PATH"
case "$node" in /*) ;; *) node=$(command -v "$node" || true) ;; esac
major=$("$node" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || fail "$node does not run"
[ "$major" -ge @NODE@ ] || fail "Node @NODE@ or newer is needed, and $node is Node $major: install a newer one, or name it with --node PATH"
if [ -z "$prefix" ]; then
  if [ "$(id -u)" = 0 ]; then prefix=/opt/casaforte-agent; else prefix=${HOME:?}/.local/share/casaforte-agent; fi
fi
case "$prefix" in /*) ;; *) prefix=$(pwd)/$prefix ;; esac

if command -v curl >/dev/null; then
  fetch() { curl -fsS --proto '=https,http' --max-filesize 67108864 --retry 2 -o "$2" "$origin/agent/$1"; }
elif command -v wget >/dev/null; then
  fetch() { wget -q -t 3 -O "$2" "$origin/agent/$1"; }
else
  fail "curl or wget is needed"
fi

umask 022
mkdir -p "$prefix/versions" "$prefix/bin"
work=$(mktemp -d "$prefix/install.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
for file in manifest.json manifest.json.sig key.pem; do
  fetch "$file" "$work/$file" || fail "$origin/agent/$file could not be fetched"
done

# Prints name, SHA-256 and version of this platform's archive, once key and signature are found right.
cat > "$work/check.cjs" <<'SCRIPT'
const { createHash, createPublicKey, verify } = require("node:crypto");
const { readFileSync } = require("node:fs");
const [folder, wanted] = process.argv.slice(2);
const read = (name) => readFileSync(`${folder}/${name}`);
const fail = (text) => { console.error(`casaforte-agent: ${text}`); process.exit(1); };
const key = createPublicKey(read("key.pem"));
const fingerprint = createHash("sha256").update(key.export({ format: "der", type: "spki" })).digest("hex");
if (fingerprint !== wanted) fail("the vault's key is not the one that the console shows: nothing was installed");
const text = read("manifest.json");
if (key.asymmetricKeyType !== "ed25519" || !verify(null, text, key, Buffer.from(`${read("manifest.json.sig")}`, "base64")))
  fail("the signature of the agent's manifest is wrong: nothing was installed");
const manifest = JSON.parse(text);
const platform = `${process.platform}-${process.arch}`;
const archive = manifest.archives.find((each) => each.platform === platform);
if (manifest.kind !== "casaforte.agent-release") fail("this is no manifest of the agent");
if (!archive) fail(`the vault has no agent for ${platform}`);
if (!/^[0-9a-z.-]+$/.test(archive.name) || !/^[0-9.]+$/.test(manifest.version)) fail("the manifest is malformed");
console.log(archive.name, archive.sha256, manifest.version);
SCRIPT
told=$("$node" "$work/check.cjs" "$work" "$key") || exit 1
# shellcheck disable=SC2086
set -- $told
archive=$1 sha256=$2 version=$3
fetch "$archive" "$work/agent.tgz" || fail "$origin/agent/$archive could not be fetched"
found=$("$node" -p 'require("node:crypto").createHash("sha256").update(require("node:fs").readFileSync(process.argv[1])).digest("hex")' "$work/agent.tgz")
[ "$found" = "$sha256" ] || fail "the archive is not the one that was signed: nothing was installed"
tar -xzf "$work/agent.tgz" -C "$work" --no-same-owner
starts=$("$node" "$work/agent/casaforte-agent.cjs" self-test 2>&1) || fail "the agent does not run here: $starts"

rm -rf "$prefix/versions/$version"
mv "$work/agent" "$prefix/versions/$version"
cp "$work/key.pem" "$prefix/release-key.pem"
ln -s "versions/$version" "$work/current"
mv -T "$work/current" "$prefix/current"
rm -f "$prefix/trial"
quoted=$(printf '%s' "$node" | sed "s/'/'\\\\''/g")
cat > "$work/launcher" <<LAUNCHER
#!/bin/sh
# Starts the agent's current version. A new one that ends by itself in its first minutes, three times, gives way to the one before.
prefix=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")
if [ "\${1:-}" = run ] && [ -f "\$prefix/trial" ]; then
  before=\$(head -n 1 "\$prefix/trial")
  # A machine that lost its power may have lost what stood there: then it is whichever other version is left.
  if [ -z "\$before" ] || [ ! -d "\$prefix/versions/\$before" ]; then
    for other in "\$prefix/versions"/*; do
      [ "\${other##*/}" = "\$(basename "\$(readlink "\$prefix/current")")" ] || before=\${other##*/}
    done
  fi
  if [ "\$(wc -l < "\$prefix/trial")" -gt 3 ] && [ -n "\$before" ] && [ -d "\$prefix/versions/\$before" ]; then
    basename "\$(readlink "\$prefix/current")" >> "\$prefix/given-up"
    ln -sfn "versions/\$before" "\$prefix/current.back" && mv -T "\$prefix/current.back" "\$prefix/current"
    rm -f "\$prefix/trial"
    echo "casaforte-agent: the new version did not stay up; back to \$before" >&2
  else
    echo started >> "\$prefix/trial"
  fi
fi
# Compiled code is kept in the version's own folder: half of a short run would be compiling. By its owner alone: what another
# user left there, the owner's next update could not remove.
unset NODE_COMPILE_CACHE
# shellcheck disable=SC3067
if [ -O "\$prefix/current/" ]; then
  NODE_COMPILE_CACHE=\$prefix/current/compiled
  export NODE_COMPILE_CACHE
fi
# Rooms for parts and blocks come in pages of 2 MiB where the system gives them when asked (GNU's C library; others pass over
# it): on a virtual machine a page that is touched for the first time can cost more than all that is done in it.
GLIBC_TUNABLES=\${GLIBC_TUNABLES:+\$GLIBC_TUNABLES:}glibc.malloc.hugetlb=1
export GLIBC_TUNABLES
# New objects live in 8 MiB and not in 16: of very many files the whole heap stays a third of what it was.
exec '$quoted' --disable-warning=ExperimentalWarning --max-semi-space-size=8 "\$prefix/current/casaforte-agent.cjs" "\$@"
LAUNCHER
chmod 755 "$work/launcher"
mv "$work/launcher" "$prefix/bin/casaforte-agent"
agent=$prefix/bin/casaforte-agent
echo "Installed casaforte-agent $version in $prefix."

link=''
if [ "$(id -u)" = 0 ] && [ "$prefix" = /opt/casaforte-agent ]; then link=/usr/local/bin/casaforte-agent
elif [ "$prefix" = "${HOME:-}/.local/share/casaforte-agent" ]; then link=$HOME/.local/bin/casaforte-agent; fi
if [ -n "$link" ]; then
  mkdir -p "$(dirname "$link")"
  ln -sfn "$agent" "$link"
fi
if [ -n "$token" ]; then
  # The token travels by the environment: whoever lists processes does not see it.
  if [ -n "$name" ]; then set -- --name "$name"; else set --; fi
  # shellcheck disable=SC2086
  CASAFORTE_ENROLMENT_TOKEN=$token "$agent" enroll --vault "$origin" "$@" $enrol_options
fi
if [ "$service" = yes ] && [ "$(id -u)" = 0 ] && [ -d /run/systemd/system ]; then
  "$agent" install-service
  systemctl daemon-reload
fi
echo "Next: $agent remember (once, for backups without the password), or $agent backup DIRECTORY."
