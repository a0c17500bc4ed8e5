import { Dialog, useFormat } from "@casaforte/ui-kit";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import type { RestoreClient } from "./client.ts";
import { LookState, useLook } from "./Look.tsx";
import { restoreLimits } from "./limits.ts";
import type { Preview, TreeRow } from "./protocol.ts";
import { useRestoreText } from "./restore-text.ts";

const heightMax = "60vh";

/** A look at a file before it is saved: it is read and checked as for a download, and stays in this page. */
export function PreviewDialog({
  client,
  row,
  isBusy,
  onDownload,
  onClose,
}: {
  readonly client: RestoreClient;
  readonly row: TreeRow;
  readonly isBusy: boolean;
  readonly onDownload: () => void;
  readonly onClose: () => void;
}) {
  const t = useRestoreText();
  const found = useLook(client, "preview", row.id, () => client.call("preview", row.id));
  const title = t("restore.preview", { name: row.name });
  return (
    <Dialog opened onClose={onClose} size="xl" title={title}>
      <Stack gap="sm">
        <LookState found={found} reading={t("restore.previewReading")} />
        {found.data === undefined ? null : <Shown preview={found.data} row={row} title={title} />}
        <Group justify="flex-end">
          <Button disabled={isBusy} aria-label={t("restore.downloadOne", { name: row.name })} onClick={onDownload}>
            {t("restore.download")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Shown({ preview, row, title }: { readonly preview: Preview; readonly row: TreeRow; readonly title: string }) {
  const t = useRestoreText();
  const format = useFormat();
  if (preview.kind === "picture") return <Picture blob={preview.blob} name={row.name} />;
  if (preview.kind === "none") return <Text>{t("restore.previewNone")}</Text>;
  if (preview.text === "") return <Text>{t("restore.previewEmpty")}</Text>;
  return (
    <>
      <section
        aria-label={title}
        // A scrolling region must be reachable by the keyboard.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        style={{ maxHeight: heightMax, overflow: "auto" }}
      >
        <Text component="pre" ff="monospace" size="sm" m={0}>
          {preview.text}
        </Text>
      </section>
      {preview.isWhole ? null : (
        <Text size="sm" c="dimmed">
          {t("restore.previewPart", {
            shown: format.bytes(restoreLimits.previewTextBytesMax),
            size: format.bytes(row.sizeBytes ?? 0),
          })}
        </Text>
      )}
    </>
  );
}

/** Drawn by the browser, which may know better than the first bytes what it cannot draw. */
function Picture({ blob, name }: { readonly blob: Blob; readonly name: string }) {
  const t = useRestoreText();
  const [url, setUrl] = useState<string | null>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  if (isBroken) return <Text>{t("restore.previewNone")}</Text>;
  return url === null ? null : (
    <img
      src={url}
      alt={name}
      onError={() => setBroken(true)}
      style={{ maxWidth: "100%", maxHeight: heightMax, objectFit: "contain" }}
    />
  );
}
