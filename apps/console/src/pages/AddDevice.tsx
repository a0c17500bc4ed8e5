import { deviceKindSchema, enrolmentReplySchema, enrolmentStateSchema } from "@casaforte/contract/devices";
import { CopyField, ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Group, Loader, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { BackupPassword } from "../devices/BackupPassword.tsx";
import { DeviceTexts } from "../devices/device-text.tsx";
import { FirstBackup } from "../devices/FirstBackup.tsx";
import { providerQuery, spacesQuery, summaryQuery } from "../queries.ts";
import { useT } from "../translate.ts";

const kinds = deviceKindSchema.options;
const firewallHintAfterMs = 60_000;

/** A name for the command line: quoted, with nothing in it that a shell would read. */
const quoted = (name: string) => `"${name.replaceAll(/["$`\\!]/g, "")}"`;

/** One line for the machine, the password of its backups, and a live look until it came (C7). */
export function AddDevice(props: { readonly onDone: () => void }) {
  return (
    <DeviceTexts>
      <NewDevice {...props} />
    </DeviceTexts>
  );
}

function NewDevice({ onDone }: { readonly onDone: () => void }) {
  const t = useT();
  const spaces = useQuery(spacesQuery);
  const [spaceId, setSpaceId] = useState<string | null>(null);
  const [kind, setKind] = useState<string | null>("desktop");
  const [name, setName] = useState("");
  const [isKeyReady, setKeyReady] = useState(false);
  const devices = useQuery(summaryQuery);
  const isFirst = devices.data?.devices.active === 0;
  const chosen = spaceId ?? spaces.data?.spaces[0]?.id ?? null;
  const prepare = useMutation({
    mutationFn: () =>
      callChecked("/api/enrolments", {
        method: "POST",
        body: { spaceId: chosen, kind, ...(name.trim() ? { name: name.trim() } : {}) },
        reply: enrolmentReplySchema,
      }),
  });
  if (spaces.data?.spaces.length === 0)
    return (
      <Stack>
        <Alert>{t("devices.needSpace")}</Alert>
        <Group justify="flex-end">
          <Button renderRoot={(props) => <Link {...props} to="/spaces" onClick={onDone} />}>
            {t("devices.toSpaces")}
          </Button>
        </Group>
      </Stack>
    );
  if (prepare.data)
    return (
      <Waiting
        enrolment={prepare.data}
        kind={kind}
        name={name.trim() || t("devices.kind.desktop")}
        onAgain={() => prepare.reset()}
        onDone={onDone}
      />
    );
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        prepare.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("devices.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={100}
          data-autofocus
        />
        <Select
          label={t("devices.kind")}
          data={kinds.map((value) => ({ value, label: t(`devices.kind.${value}`) }))}
          value={kind}
          onChange={setKind}
          allowDeselect={false}
        />
        <Select
          label={t("devices.space")}
          data={(spaces.data?.spaces ?? []).map((space) => ({ value: space.id, label: space.name }))}
          value={chosen}
          onChange={setSpaceId}
          allowDeselect={false}
        />
        {devices.isPending ? null : <BackupPassword deviceName={name.trim()} isFirst={isFirst} onReady={setKeyReady} />}
        {prepare.isError ? <ProblemAlert error={prepare.error} /> : null}
        <Group justify="flex-end">
          <Button
            type="submit"
            loading={prepare.isPending}
            disabled={chosen === null || name.trim() === "" || !isKeyReady}
          >
            {t("devices.makeToken")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface CommandsProps {
  readonly vaultUrl: string;
  readonly agentKey: string | null;
  readonly token: string;
  readonly name: string;
}

/** One line that installs and enrols, where the vault gives the agent out; and one for a machine that has the agent. */
function EnrolmentCommands(props: CommandsProps) {
  const t = useT();
  if (props.agentKey === null)
    return (
      <>
        <Text>{t("devices.command")}</Text>
        <CopyField label={t("devices.commandLabel")} value={installLine(props)} />
      </>
    );
  return (
    <>
      <Text>{t("devices.install")}</Text>
      <CopyField label={t("devices.installLabel")} value={installLine(props)} />
      <Text size="sm" c="dimmed">
        {t("devices.installHow")}
      </Text>
      <CopyField label={t("devices.commandLabel")} value={enrolLine(props)} />
      <Text size="sm" c="dimmed">
        {t("devices.onlyLinux")}
      </Text>
    </>
  );
}

const secondMs = 1_000;

/** How long the token still works, second by second; silent for readers of the screen, who have the time beside it. */
function LeftTime({ untilMs }: { readonly untilMs: number }) {
  const t = useT();
  const [leftMs, setLeft] = useState(() => untilMs - Date.now());
  useEffect(() => {
    const timer = setInterval(() => setLeft(untilMs - Date.now()), secondMs);
    return () => clearInterval(timer);
  }, [untilMs]);
  if (leftMs <= 0) return null;
  const [minutes, seconds] = [Math.floor(leftMs / 60_000), Math.floor((leftMs % 60_000) / secondMs)];
  return <span aria-hidden>{t("devices.tokenLeft", { left: `${minutes}:${String(seconds).padStart(2, "0")}` })}</span>;
}

/** A mail of the reader's own program to whoever sits at the machine. Nothing is sent by us. */
function colleagueMail(t: ReturnType<typeof useT>, props: CommandsProps): string {
  const body = t("devices.colleagueBody", { line: installLine(props), name: props.name });
  return `mailto:?subject=${encodeURIComponent(t("devices.colleagueSubject", { name: props.name }))}&body=${encodeURIComponent(body)}`;
}

const named = ({ token, name }: CommandsProps): string => `--token ${token} --name ${quoted(name)}`;
const enrolLine = (props: CommandsProps): string => `casaforte-agent enroll --vault ${props.vaultUrl} ${named(props)}`;
/** The line for a machine that has nothing yet. */
const installLine = (props: CommandsProps): string =>
  props.agentKey === null
    ? `npx ${enrolLine(props)}`
    : `curl -fsS ${props.vaultUrl}/agent/install.sh | sudo sh -s -- --key ${props.agentKey} ${named(props)}`;

function Waiting({
  enrolment,
  kind,
  name,
  onAgain,
  onDone,
}: {
  readonly enrolment: { readonly id: string; readonly token: string; readonly expiresAt: string };
  readonly kind: string | null;
  readonly name: string;
  readonly onAgain: () => void;
  readonly onDone: () => void;
}) {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const navigate = useNavigate();
  const provider = useQuery(providerQuery);
  const [long, setLong] = useState(false);
  const state = useQuery({
    queryKey: ["enrolments", enrolment.id],
    queryFn: ({ signal }) => callChecked(`/api/enrolments/${enrolment.id}`, { reply: enrolmentStateSchema, signal }),
    refetchInterval: (query) =>
      query.state.data?.state === "waiting" || query.state.data === undefined ? 2_000 : false,
  });
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), firewallHintAfterMs);
    return () => clearTimeout(timer);
  }, []);
  const arrived = state.data?.state === "used";
  useEffect(() => {
    if (arrived) void client.invalidateQueries({ queryKey: ["devices"] });
  }, [arrived, client]);
  const vault = provider.data?.vaultUrl ?? "";
  return (
    <Stack>
      {arrived ? null : (
        <>
          <Loaded query={provider}>
            {({ vaultUrl, agentKey }) => (
              <EnrolmentCommands vaultUrl={vaultUrl} agentKey={agentKey} token={enrolment.token} name={name} />
            )}
          </Loaded>
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {t("devices.tokenOnce", { time: format.time(Date.parse(enrolment.expiresAt)) })}{" "}
              <LeftTime untilMs={Date.parse(enrolment.expiresAt)} />
            </Text>
            {provider.data ? (
              <Anchor size="sm" href={colleagueMail(t, { ...provider.data, token: enrolment.token, name })}>
                {t("devices.colleague")}
              </Anchor>
            ) : null}
          </Group>
        </>
      )}
      <div aria-live="polite">
        {arrived ? (
          <Alert color="green" title={t("devices.arrived")} />
        ) : state.data?.state === "expired" ? (
          <Alert color="orange" title={t("devices.expired")} />
        ) : (
          <Group gap="sm">
            <Loader size="sm" />
            <Text>{long ? t("devices.waitingLong", { url: vault }) : t("devices.waiting")}</Text>
          </Group>
        )}
      </div>
      {arrived && state.data?.deviceId && provider.data ? (
        <FirstBackup
          deviceId={state.data.deviceId}
          kind={kind}
          isInstalled={provider.data.agentKey !== null}
          onDone={onDone}
        />
      ) : null}
      <Group justify="flex-end">
        {state.data?.state === "expired" ? <Button onClick={onAgain}>{t("devices.makeToken")}</Button> : null}
        {arrived && state.data?.deviceId ? (
          <Button
            variant="default"
            onClick={() => {
              onDone();
              void navigate({ to: "/devices/$id", params: { id: state.data?.deviceId ?? "" } });
            }}
          >
            {t("devices.open")}
          </Button>
        ) : null}
      </Group>
    </Stack>
  );
}
