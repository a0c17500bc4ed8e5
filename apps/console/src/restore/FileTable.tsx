import { useFormat } from "@casaforte/ui-kit";
import { Anchor, Button, Checkbox, Group, Table, Text, VisuallyHidden } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import type { TreeRow } from "./protocol.ts";
import { useRestoreText } from "./restore-text.ts";

const rowHeightPx = 44;
const heightMax = "min(60vh, 34rem)";

export interface FileTableProps {
  readonly rows: readonly TreeRow[];
  /** After a search: where each is. */
  readonly withFolder: boolean;
  readonly chosen: ReadonlySet<number>;
  readonly onChoose: (next: ReadonlySet<number>) => void;
  readonly onOpen: (row: TreeRow) => void;
  /** Somebody is about to open a folder. */
  readonly onPeek: (row: TreeRow) => void;
  readonly onDownload: (row: TreeRow) => void;
  readonly onVersions: (row: TreeRow) => void;
  readonly onPreview: (row: TreeRow) => void;
  readonly isBusy: boolean;
}

/** Rows of one height; only those in sight are drawn, so that a folder of 100,000 scrolls like one of ten. */
export function FileTable(props: FileTableProps) {
  const { rows, withFolder, chosen, onChoose } = props;
  const t = useRestoreText();
  const scroller = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeightPx,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const selectable = rows.filter((row) => row.type !== "other");
  const isAll = selectable.length > 0 && selectable.every((row) => chosen.has(row.id));
  const toggle = (row: TreeRow) => {
    const next = new Set(chosen);
    if (!next.delete(row.id)) next.add(row.id);
    onChoose(next);
  };
  return (
    <section
      ref={scroller}
      aria-label={t("restore.path")}
      // A scrolling region must be reachable by the keyboard.
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      style={{ maxHeight: heightMax, overflow: "auto" }}
    >
      <Table stickyHeader aria-rowcount={rows.length + 1} layout="fixed" miw={withFolder ? 1000 : 806}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={44}>
              <Checkbox
                aria-label={t("restore.selectAll")}
                checked={isAll}
                indeterminate={!isAll && chosen.size > 0}
                onChange={() => onChoose(new Set(isAll ? [] : selectable.map((row) => row.id)))}
              />
            </Table.Th>
            <Table.Th>{t("restore.name")}</Table.Th>
            {withFolder ? <Table.Th>{t("restore.inFolder")}</Table.Th> : null}
            <Table.Th w={110}>{t("restore.size")}</Table.Th>
            <Table.Th w={170}>{t("restore.modified")}</Table.Th>
            <Table.Th w={256}>
              <VisuallyHidden>{t("restore.acts")}</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {before > 0 ? <tr style={{ height: before }} aria-hidden /> : null}
          {items.map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <FileRow key={row.id} {...props} row={row} index={item.index} onToggle={() => toggle(row)} />
            );
          })}
          {after > 0 ? <tr style={{ height: after }} aria-hidden /> : null}
        </Table.Tbody>
      </Table>
    </section>
  );
}

/** Outlines on a grid of 16. */
const outlines = {
  directory: "M1.5 4.5v8a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1v-7a1 1 0 0 0-1-1H8L6.5 2.5h-4a1 1 0 0 0-1 1z",
  file: "M3.5 1.5h6l3 3v10h-9zM9.5 1.5v3h3",
  symlink: "M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 0 1 4.5 4.5L11.5 9M4.5 7L3 8.5a3 3 0 0 0 4.5 4.5L9 11.5",
  other: "M8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2",
} as const;

function Icon({ type }: { readonly type: TreeRow["type"] }) {
  return (
    <svg
      width="16"
      height="16"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.2"
      aria-hidden="true"
      style={{ flexShrink: 0 }}
    >
      <path d={outlines[type]} />
    </svg>
  );
}

function FileRow({
  row,
  index,
  withFolder,
  chosen,
  onToggle,
  onOpen,
  onPeek,
  onDownload,
  onVersions,
  onPreview,
  isBusy,
}: FileTableProps & { readonly row: TreeRow; readonly index: number; readonly onToggle: () => void }) {
  const t = useRestoreText();
  const format = useFormat();
  return (
    <Table.Tr h={rowHeightPx} aria-rowindex={index + 2}>
      <Table.Td>
        {row.type === "other" ? null : (
          <Checkbox
            aria-label={t("restore.select", { name: row.name })}
            checked={chosen.has(row.id)}
            onChange={onToggle}
          />
        )}
      </Table.Td>
      <Table.Td>
        {/* What is pressed is cut itself where it is too long: cut by what is around it, all of it would be away. */}
        <Group gap={6} wrap="nowrap">
          <Icon type={row.type} />
          {row.type === "directory" ? (
            <Anchor
              component="button"
              truncate
              title={row.name}
              onClick={() => onOpen(row)}
              onMouseEnter={() => onPeek(row)}
              onFocus={() => onPeek(row)}
            >
              {row.name}
            </Anchor>
          ) : row.type === "file" ? (
            <Anchor
              component="button"
              truncate
              title={row.name}
              aria-label={t("restore.preview", { name: row.name })}
              onClick={() => onPreview(row)}
            >
              {row.name}
            </Anchor>
          ) : (
            <Text truncate title={row.name}>
              {row.name}{" "}
              <Text span size="sm" c="dimmed">
                {t(`restore.type.${row.type}`)}
              </Text>
            </Text>
          )}
        </Group>
      </Table.Td>
      {withFolder ? (
        <Table.Td>
          <Text size="sm" truncate title={row.folder}>
            {row.folder}
          </Text>
        </Table.Td>
      ) : null}
      <Table.Td>{row.sizeBytes === null ? "" : format.bytes(row.sizeBytes)}</Table.Td>
      <Table.Td>
        <Text size="sm">{format.dateTime(row.modifiedMs)}</Text>
      </Table.Td>
      <Table.Td>
        <Group gap={6} justify="flex-end" wrap="nowrap">
          {row.type === "file" ? (
            <Button
              size="compact-sm"
              variant="subtle"
              aria-label={t("restore.versionsOf", { name: row.name })}
              onClick={() => onVersions(row)}
            >
              {t("restore.versions")}
            </Button>
          ) : null}
          {row.type === "file" || row.type === "directory" ? (
            <Button
              size="compact-sm"
              variant="default"
              disabled={isBusy}
              aria-label={t(row.type === "file" ? "restore.downloadOne" : "restore.downloadZip", { name: row.name })}
              onClick={() => onDownload(row)}
            >
              {row.type === "file" ? t("restore.download") : "ZIP"}
            </Button>
          ) : null}
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
