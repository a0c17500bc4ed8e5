import { useFormat } from "@casaforte/ui-kit";
import { Alert, Anchor, Button, Group, Loader, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { RestoreClient } from "./client.ts";
import { FileTable } from "./FileTable.tsx";
import { restoreLimits } from "./limits.ts";
import { PreviewDialog } from "./PreviewDialog.tsx";
import type { SaveProgress, TreeRow } from "./protocol.ts";
import { useFailureSentence, useRestoreText } from "./restore-text.ts";
import { SavePanel, useSave } from "./SavePanel.tsx";
import { VersionsDialog } from "./VersionsDialog.tsx";

interface Crumb {
  readonly id: number | null;
  readonly name: string;
}

const searchDelayMs = 300;

interface TreeAnswer {
  readonly rows: readonly TreeRow[];
  readonly isWhole: boolean;
}

/** A file manager over an opened point: folders are read when they are opened, names are searched in the worker. */
export function FileBrowser({
  client,
  progress,
  deviceName,
  at,
}: {
  readonly client: RestoreClient;
  readonly progress: SaveProgress | null;
  readonly deviceName: string;
  readonly at: string;
}) {
  const t = useRestoreText();
  const sentence = useFailureSentence();
  const format = useFormat();
  const [trail, setTrail] = useState<readonly Crumb[]>([]);
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search.trim(), searchDelayMs);
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const here = trail.at(-1)?.id ?? null;
  const isSearch = settled !== "";
  const rows = useQuery({
    queryKey: ["restore-tree", client.id, isSearch ? `search ${settled}` : here],
    queryFn: async (): Promise<TreeAnswer> =>
      isSearch ? client.call("search", settled) : { rows: await client.call("list", here), isWhole: true },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
    ...(isSearch ? { placeholderData: keepPreviousData<TreeAnswer> } : {}),
  });
  const save = useSave(client);
  const [asked, setAsked] = useState<TreeRow | null>(null);
  const [previewed, setPreviewed] = useState<TreeRow | null>(null);
  const [isArriving, setArriving] = useState(true);
  const [only, ...others] = rows.data?.rows ?? [];
  // A point of one folder begins with the folders that lead there: nobody has to open them one by one.
  useEffect(() => {
    if (!isArriving || isSearch || only === undefined) return;
    if (others.length === 0 && only.type === "directory") setTrail((before) => enter(before, only));
    else setArriving(false);
  }, [isArriving, isSearch, only, others.length]);
  const go = (next: readonly Crumb[]) => {
    setArriving(false);
    setTrail(next);
    setSearch("");
    setChosen(new Set());
  };
  const shown = rows.data?.rows ?? [];
  const selected = shown.filter((row) => chosen.has(row.id));
  const start = (wanted: readonly TreeRow[]) =>
    save.start(
      wanted.map((row) => row.id),
      fileName(wanted, deviceName, at),
    );
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end">
        <Trail trail={trail} onGo={go} />
        <TextInput
          type="search"
          aria-label={t("restore.search")}
          placeholder={t("restore.search")}
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            setChosen(new Set());
          }}
          rightSection={rows.isFetching ? <Loader size="xs" aria-hidden /> : null}
        />
      </Group>
      {isSearch ? (
        <Group gap="sm">
          <Text size="sm" role="status">
            {rows.isFetching ? t("restore.searching") : t("restore.found", { count: shown.length, text: settled })}
            {rows.data?.isWhole === false ? ` ${t("restore.foundMore", { count: restoreLimits.searchRowsMax })}` : ""}
          </Text>
          <Anchor component="button" size="sm" onClick={() => setSearch("")}>
            {t("restore.endSearch")}
          </Anchor>
        </Group>
      ) : null}
      {rows.isError ? (
        <Alert color="red" role="alert" title={t("restore.failed.title")}>
          {sentence(rows.error)}
        </Alert>
      ) : null}
      {rows.data && shown.length === 0 && !isSearch ? <Text c="dimmed">{t("restore.empty")}</Text> : null}
      {shown.length > 0 ? (
        <FileTable
          key={`${here} ${settled}`}
          rows={shown}
          withFolder={isSearch}
          chosen={chosen}
          onChoose={setChosen}
          onOpen={(row) => go([...trailOf(isSearch, trail), { id: row.id, name: row.name }])}
          // The worker keeps what it read: the folder is there when it is opened. A fault is told then.
          onPeek={(row) => void client.call("list", row.id).catch(() => undefined)}
          onDownload={(row) => start([row])}
          onVersions={setAsked}
          onPreview={setPreviewed}
          isBusy={save.isBusy}
        />
      ) : null}
      <Group>
        <Button disabled={selected.length === 0 || save.isBusy} onClick={() => start(selected)}>
          {t("restore.downloadMany", { count: selected.length })}
        </Button>
        {selected.some((row) => row.sizeBytes !== null) ? (
          <Text size="sm">{format.bytes(selected.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0))}</Text>
        ) : null}
        <Text size="sm" c="dimmed">
          {t("restore.zipHint")}
        </Text>
      </Group>
      <SavePanel save={save} progress={progress} />
      {previewed === null ? null : (
        <PreviewDialog
          key={previewed.id}
          client={client}
          row={previewed}
          isBusy={save.isBusy}
          onDownload={() => {
            setPreviewed(null);
            start([previewed]);
          }}
          onClose={() => setPreviewed(null)}
        />
      )}
      {asked === null ? null : (
        <VersionsDialog
          client={client}
          row={asked}
          isBusy={save.isBusy}
          onDownload={(version, of) => {
            setAsked(null);
            save.start([version.id], fileName([version], deviceName, of));
          }}
          onClose={() => setAsked(null)}
        />
      )}
    </Stack>
  );
}

const enter = (trail: readonly Crumb[], { id, name }: TreeRow): readonly Crumb[] =>
  trail.some((crumb) => crumb.id === id) ? trail : [...trail, { id, name }];

/** The way from the top to the folder that is shown. */
function Trail({ trail, onGo }: { readonly trail: readonly Crumb[]; readonly onGo: (next: readonly Crumb[]) => void }) {
  const t = useRestoreText();
  const crumbs = [{ id: null, name: t("restore.top") }, ...trail];
  return (
    <Group component="nav" aria-label={t("restore.path")} gap={6} style={{ flex: "1 1 16rem" }}>
      {crumbs.map((crumb, index) => (
        <Group key={crumb.id ?? "top"} gap={6} wrap="nowrap" maw="100%">
          {index > 0 ? (
            <Text span c="dimmed" aria-hidden>
              /
            </Text>
          ) : null}
          {index === trail.length ? (
            <Text fw={600} aria-current="page" truncate>
              {crumb.name}
            </Text>
          ) : (
            <Anchor component="button" onClick={() => onGo(trail.slice(0, index))} truncate>
              {crumb.name}
            </Anchor>
          )}
        </Group>
      ))}
    </Group>
  );
}

/** From a search one lands in a folder whose own way is not in the trail: its path stands for it, as text. */
const trailOf = (isSearch: boolean, trail: readonly Crumb[]): readonly Crumb[] => (isSearch ? [] : trail);

function fileName(rows: readonly TreeRow[], deviceName: string, at: string): string {
  const [only] = rows;
  const safe = (name: string) => name.replaceAll(/[\u0000-\u001f<>:"/\\|?*\ufffd]/g, "_").replace(/^\.+$/, "_") || "_";
  if (rows.length === 1 && only?.type === "file") return safe(only.name);
  const what = rows.length === 1 && only !== undefined ? only.name : `${deviceName} ${at.slice(0, 10)}`;
  return `${safe(what)}.zip`;
}
