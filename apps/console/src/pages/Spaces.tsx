import type { CreateSpace, Site, Space } from "@casaforte/contract/spaces";
import {
  ConfirmName,
  callApi,
  Dialog,
  EmptyState,
  LoadingState,
  ProblemAlert,
  useFormat,
  useLanguage,
} from "@casaforte/ui-kit";
import { Loaded, Tag } from "@casaforte/ui-kit/console";
import {
  Alert,
  Button,
  Card,
  Group,
  NumberInput,
  Progress,
  Select,
  SimpleGrid,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { offersQuery } from "../billing/billing-queries.ts";
import { servicesQuery } from "../billing/services-query.ts";
import { devicesOfSpaceQuery, sitesQuery, spacesQuery } from "../queries.ts";
import { useT } from "../translate.ts";

const ChangePlan = lazy(async () => ({ default: (await import("../billing/change-plan.tsx")).ChangePlan }));
const SpaceOutlook = lazy(async () => ({ default: (await import("../spaces/SpaceOutlook.tsx")).SpaceOutlook }));
const Copies = lazy(async () => ({ default: (await import("./Copies.tsx")).Copies }));
const LastUnit = lazy(async () => ({ default: (await import("../billing/change-plan.tsx")).LastUnit }));

const gigabyte = 1_000_000_000;
const gibibyte = 1024 ** 3;

/** A quota typed in billed gigabytes, never under what the server takes. */
const quotaBytes = (gigabytes: number) => Math.max(gibibyte, Math.round(gigabytes * gigabyte));

export function Spaces() {
  const t = useT();
  const spaces = useQuery(spacesQuery);
  const offers = useQuery(offersQuery);
  const navigate = useNavigate();
  const [opened, dialog] = useDisclosure(false);
  const isSold = offers.data?.offers.some((offer) => offer.product === "backup") ?? false;
  // Where backup is on sale a space is ordered; a provider that sells nothing makes one without.
  const open = () => (isSold ? void navigate({ to: "/spaces/new" }) : dialog.open());
  const { close } = dialog;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t("spaces.title")}
        </Title>
        <Button onClick={open}>{t("spaces.new")}</Button>
      </Group>
      <Loaded query={spaces}>
        {(data) =>
          data.spaces.length === 0 ? (
            <EmptyState
              title={t("spaces.none")}
              text={t("spaces.noneHint")}
              action={<Button onClick={open}>{t("spaces.new")}</Button>}
            />
          ) : (
            <SimpleGrid cols={{ base: 1, md: 2 }}>
              {data.spaces.map((space) => (
                <SpaceCard key={space.id} space={space} />
              ))}
            </SimpleGrid>
          )
        }
      </Loaded>
      <Dialog opened={opened} onClose={close} title={t("spaces.new")}>
        <NewSpace onDone={close} />
      </Dialog>
    </Stack>
  );
}

function SpaceCard({ space }: { readonly space: Space }) {
  const t = useT();
  const format = useFormat();
  const language = useLanguage();
  const client = useQueryClient();
  const sites = useQuery(sitesQuery);
  const site = sites.data?.sites.find((candidate) => candidate.id === space.siteId);
  const services = useQuery(servicesQuery);
  const service = services.data?.services.find((each) => each.subjectId === space.id && each.state === "active");
  const [editing, edit] = useDisclosure(false);
  const [planning, plan] = useDisclosure(false);
  const [listing, list] = useDisclosure(false);
  const [deleting, remove] = useDisclosure(false);
  const used = space.usedBytes + space.pendingBytes;
  const percent = Math.min(100, Math.round((used / space.quotaBytes) * 100));
  const facts: readonly (readonly [string, string])[] = [
    [t("spaces.place"), site ? `${site.name}, ${site.country} · ${site.jurisdiction[language]}` : space.siteId],
    [t("spaces.replica"), t(`spaces.replica.${space.replicaPlan}`)],
    [t("spaces.encryption"), t("spaces.encryptionSays")],
    [t("spaces.lock"), t("spaces.lockOf", { count: space.lockDays })],
    [t("spaces.created"), format.date(Date.parse(space.createdAt))],
  ];
  const color = space.threshold >= 95 ? "red" : space.threshold >= 80 ? "orange" : "lake";
  return (
    <Card withBorder padding="lg" component="article" aria-label={space.name}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {space.name}
          </Title>
          <Tag color={space.state === "active" ? "green" : "orange"}>{t(`spaces.state.${space.state}`)}</Tag>
        </Group>
        <Progress value={percent} color={color} aria-label={t("spaces.use")} />
        <Text size="sm">
          {t("home.storageOf", { used: format.bytes(used), quota: format.bytes(space.quotaBytes) })}
        </Text>
        {space.threshold > 0 ? <Alert color={color}>{t("spaces.near", { percent: space.threshold })}</Alert> : null}
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
          {facts.map(([label, value]) => (
            <div key={label}>
              <Text size="sm" c="dimmed">
                {label}
              </Text>
              <Text size="sm">{value}</Text>
            </div>
          ))}
        </SimpleGrid>
        <Suspense fallback={null}>
          <SpaceOutlook space={space} serviceId={service?.id ?? null} />
        </Suspense>
        <Text size="sm" c="dimmed">
          {t("spaces.noCopies")}
        </Text>
        <Group>
          <Button
            variant="default"
            size="xs"
            renderRoot={(props) => <Link {...props} to="/usage" search={{ space: space.id }} />}
          >
            {t("spaces.usage")}
          </Button>
          <Button variant="default" size="xs" onClick={list.open}>
            {t("copies.open")}
          </Button>
          <Button variant="default" size="xs" onClick={edit.open}>
            {t("spaces.edit")}
          </Button>
          {service ? (
            <Button variant="default" size="xs" onClick={plan.open}>
              {t("spaces.changePlan")}
            </Button>
          ) : null}
          <Button variant="subtle" color="red" size="xs" c="var(--mantine-color-error)" onClick={remove.open}>
            {t("kit.delete")}
          </Button>
        </Group>
      </Stack>
      <Dialog opened={listing} onClose={list.close} title={t("copies.title", { name: space.name })} size="lg">
        <Suspense fallback={<LoadingState />}>{listing ? <Copies space={space} /> : null}</Suspense>
      </Dialog>
      <Dialog opened={editing} onClose={edit.close} title={t("spaces.editTitle", { name: space.name })}>
        <ChangeSpace space={space} isOrdered={service !== undefined} onDone={edit.close} />
      </Dialog>
      {service ? (
        <Dialog opened={planning} onClose={plan.close} title={`${t("spaces.changePlan")}: ${space.name}`} size="lg">
          <Suspense fallback={<LoadingState />}>
            <ChangePlan service={service} onDone={plan.close} />
          </Suspense>
        </Dialog>
      ) : null}
      <ConfirmName
        opened={deleting}
        onClose={remove.close}
        title={t("spaces.deleteTitle", { name: space.name })}
        action={t("spaces.delete")}
        name={space.name}
        onConfirm={async () => {
          await callApi(`/api/spaces/${space.id}`, { method: "DELETE", body: { confirmation: space.name } });
          await client.invalidateQueries({ queryKey: spacesQuery.queryKey });
        }}
      >
        <Text>{t("spaces.deleteHint")}</Text>
        {deleting ? <Lost space={space} /> : null}
        {service && deleting ? (
          <Suspense fallback={null}>
            <LastUnit service={service} />
          </Suspense>
        ) : null}
      </ConfirmName>
    </Card>
  );
}

/** What goes with a space, in numbers (ux.md §5, third grade). */
function Lost({ space }: { readonly space: Space }) {
  const t = useT();
  const format = useFormat();
  const devices = useQuery(devicesOfSpaceQuery(space.id)).data?.total;
  return (
    <Text fw={600}>
      {devices === undefined ? "…" : t("spaces.lost", { devices, bytes: format.bytes(space.usedBytes) })}
    </Text>
  );
}

function siteOption(site: Site, closedLabel: string) {
  return { value: site.id, label: site.open ? `${site.name}, ${site.country}` : closedLabel, disabled: !site.open };
}

function NewSpace({ onDone }: { readonly onDone: () => void }) {
  const t = useT();
  const language = useLanguage();
  const client = useQueryClient();
  const sites = useQuery(sitesQuery);
  const [name, setName] = useState("");
  const [siteId, setSiteId] = useState<string | null>(null);
  const [quota, setQuota] = useState<number | string>(100);
  const [lockDays, setLockDays] = useState<number | string>(14);
  const create = useMutation({
    mutationFn: (body: CreateSpace) => callApi("/api/spaces", { method: "POST", body }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: spacesQuery.queryKey });
      onDone();
    },
  });
  const chosen = sites.data?.sites.find((site) => site.id === siteId);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (siteId !== null)
          create.mutate({
            name: name.trim(),
            siteId,
            quotaBytes: quotaBytes(Number(quota)),
            lockDays: Number(lockDays),
          });
      }}
    >
      <Stack>
        <TextInput
          label={t("spaces.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={100}
          data-autofocus
        />
        <Select
          label={t("spaces.site")}
          description={t("spaces.siteHint")}
          placeholder={t("spaces.chooseSite")}
          data={(sites.data?.sites ?? []).map((site) => siteOption(site, t("spaces.closed", { name: site.name })))}
          value={siteId}
          onChange={setSiteId}
          required
          allowDeselect={false}
        />
        {chosen ? <Alert color="lake">{chosen.jurisdiction[language]}</Alert> : null}
        <NumberInput label={t("spaces.quota")} value={quota} onChange={setQuota} min={2} max={1_000_000} required />
        <NumberInput
          label={t("spaces.lock")}
          description={t("spaces.lockHint")}
          value={lockDays}
          onChange={setLockDays}
          min={1}
          max={365}
          required
        />
        <Text size="sm" c="dimmed">
          {t("spaces.noCopies")}
        </Text>
        {create.isError ? <ProblemAlert error={create.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending} disabled={siteId === null || name.trim() === ""}>
            {t("spaces.create")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface ChangeSpaceProps {
  readonly space: Space;
  /** Its size is its plan's. */
  readonly isOrdered: boolean;
  readonly onDone: () => void;
}

function ChangeSpace({ space, isOrdered, onDone }: ChangeSpaceProps) {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState(space.name);
  const [quota, setQuota] = useState<number | string>(Math.round(space.quotaBytes / gigabyte));
  const change = useMutation({
    mutationFn: () =>
      callApi(`/api/spaces/${space.id}`, {
        method: "PATCH",
        body: { name: name.trim(), ...(isOrdered ? {} : { quotaBytes: quotaBytes(Number(quota)) }) },
      }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: spacesQuery.queryKey });
      onDone();
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={t("spaces.name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          required
          maxLength={100}
          data-autofocus
        />
        {isOrdered ? null : (
          <NumberInput label={t("spaces.quota")} value={quota} onChange={setQuota} min={2} max={1_000_000} required />
        )}
        {change.isError ? <ProblemAlert error={change.error} /> : null}
        <Group justify="flex-end">
          <Button type="submit" loading={change.isPending}>
            {t("kit.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
