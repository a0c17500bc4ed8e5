import { finalExitCodes } from "../exit-codes.ts";

export const serviceKinds = ["systemd", "launchd", "windows"] as const;
export type ServiceKind = (typeof serviceKinds)[number];

export interface ServiceInput {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** The agent's state directory. */
  readonly home: string;
  /** Where install.sh put the program: it updates itself there. */
  readonly prefix?: string;
  /** Policies may run commands here: the service must be able to do what they do. */
  readonly allowsCommands: boolean;
  /** Policies may have volumes read from snapshots here; null when not. */
  readonly snapshots: SnapshotAllowance | null;
}

/** What snapshots need to write to. */
export interface SnapshotAllowance {
  /** Where btrfs is mounted: a snapshot is made at one of them. */
  readonly btrfsMountPoints: readonly string[];
}

export interface ServiceDefinition {
  /** Where its service manager looks for it. */
  readonly path: string;
  readonly text: string;
  /** What the administrator runs then. */
  readonly next: readonly string[];
}

/** The definition of a service that runs the daemon. launchd's and Windows' were written by their manuals and never tried. */
export function serviceDefinition(kind: ServiceKind, input: ServiceInput): ServiceDefinition {
  switch (kind) {
    case "systemd":
      return systemd(input);
    case "launchd":
      return launchd(input);
    case "windows":
      return windows(input);
  }
}

/**
 * systemd.service(5), systemd.exec(5). It reads every file and device and writes only its own state and versions; with
 * snapshots also what LVM and btrfs need for one. Commands of policies may do what they like.
 */
function systemd({ command, home, prefix, allowsCommands, snapshots }: ServiceInput): ServiceDefinition {
  const closed = allowsCommands ? [] : confined(prefix === undefined ? [home] : [home, prefix], snapshots);
  const text = `[Unit]
Description=Casaforte backup agent
Documentation=man:systemd.service(5)
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=${command.map(quoted).join(" ")}
Environment=${quoted(`CASAFORTE_AGENT_HOME=${home}`)}
Restart=on-failure
RestartSec=30s
# 5: the device was revoked or never enrolled. Trying again would not help.
RestartPreventExitStatus=${finalExitCodes.join(" ")}
TimeoutStopSec=30s
UMask=0077
Nice=10
IOSchedulingClass=idle
OOMPolicy=stop
LimitCORE=0
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectHostname=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
${closed.map((line) => `${line}\n`).join("")}
[Install]
WantedBy=multi-user.target
`;
  return {
    path: "/etc/systemd/system/casaforte-agent.service",
    text,
    next: ["systemctl daemon-reload", "systemctl enable --now casaforte-agent"],
  };
}

/** ProtectClock would leave no device but the clock readable: hence the list of them. */
function confined(own: readonly string[], snapshots: SnapshotAllowance | null): readonly string[] {
  // What LVM locks and keeps of its groups. A dash: where there is no LVM it is not there.
  const lvm = ["-/etc/lvm", "-/run/lvm", "-/run/lock/lvm"];
  // The same for a disk that is not there when the service starts.
  const btrfs = snapshots?.btrfsMountPoints.map((mountPoint) => `-${mountPoint}`) ?? [];
  const writable = snapshots === null ? own : [...own, ...lvm, ...btrfs];
  const capabilities = ["CAP_DAC_READ_SEARCH", "CAP_FOWNER"];
  // SYS_ADMIN mounts, speaks to the device mapper, lists and deletes subvolumes; DAC_OVERRIDE makes one where / may not
  // even be written by root; with the other two LVM stays in memory and in front while a volume stands still.
  if (snapshots !== null) capabilities.push("CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_IPC_LOCK", "CAP_SYS_NICE");
  const devices = snapshots === null ? ["block-* r"] : ["block-* rw", "/dev/mapper/control rw"];
  return [
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    `ReadWritePaths=${writable.map(quoted).join(" ")}`,
    `CapabilityBoundingSet=${capabilities.join(" ")}`,
    "ProtectClock=yes",
    ...devices.map((device) => `DeviceAllow=${device}`),
    "RestrictNamespaces=yes",
    `SystemCallFilter=@system-service${snapshots === null ? "" : " @mount"}`,
    "SystemCallErrorNumber=EPERM",
  ];
}

/** Doubled percent signs, as systemd wants them, and its own quotes. */
const quoted = (text: string): string => {
  const plain = text.replaceAll("%", "%%").replaceAll("$", "$$$$");
  return /^[A-Za-z0-9_./=:@%+-]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, "\\$&")}"`;
};

/** launchd.plist(5). Untested. */
function launchd({ command, home }: ServiceInput): ServiceDefinition {
  const strings = command.map((part) => `    <string>${escaped(part)}</string>`).join("\n");
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!-- Untested. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>casaforte-agent</string>
  <key>ProgramArguments</key>
  <array>
${strings}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>CASAFORTE_AGENT_HOME</key>
    <string>${escaped(home)}</string>
  </dict>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
  <key>Umask</key>
  <integer>63</integer>
</dict>
</plist>
`;
  const path = "/Library/LaunchDaemons/casaforte-agent.plist";
  return { path, text, next: [`launchctl bootstrap system ${path}`] };
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A task of the Task Scheduler's schema, at start of the machine, as SYSTEM. Untested. */
function windows({ command, home }: ServiceInput): ServiceDefinition {
  const [program = "", ...args] = command;
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<!-- Untested. -->
<Task version="1.4" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo><Description>Casaforte backup agent; state in ${escaped(home)}</Description></RegistrationInfo>
  <Triggers><BootTrigger><Enabled>true</Enabled></BootTrigger></Triggers>
  <Principals><Principal id="System"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="System">
    <Exec><Command>${escaped(program)}</Command><Arguments>${escaped(args.map((part) => `"${part}"`).join(" "))}</Arguments></Exec>
  </Actions>
</Task>
`;
  const path = "casaforte-agent.xml";
  return { path, text, next: [`schtasks /Create /TN Casaforte /XML ${path}`] };
}
