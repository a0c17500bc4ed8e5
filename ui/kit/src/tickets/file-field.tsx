import { FileInput } from "@mantine/core";
import { useTicketText } from "./tickets-text.ts";

const bytesMax = 5_000_000;

/** Files to send along, bounded before they are read. */
export function FileField({
  files,
  onChange,
}: {
  readonly files: readonly File[];
  readonly onChange: (files: readonly File[]) => void;
}) {
  const t = useTicketText();
  return (
    <FileInput
      multiple
      clearable
      label={t("tickets.files")}
      placeholder={t("tickets.chooseFiles")}
      description={t("tickets.filesHint")}
      error={isTooLarge(files) ? t("tickets.filesTooLarge") : undefined}
      value={[...files]}
      onChange={onChange}
      clearButtonProps={{ "aria-label": t("kit.clear", { field: t("tickets.files") }) }}
    />
  );
}

export const isTooLarge = (files: readonly File[]): boolean =>
  files.reduce((sum, file) => sum + file.size, 0) > bytesMax;

/** As the server takes them. */
export const encodeFiles = (files: readonly File[]) =>
  Promise.all(
    files.map(async (file) => ({
      name: file.name,
      mediaType: file.type || "application/octet-stream",
      content: toBase64(new Uint8Array(await file.arrayBuffer())),
    })),
  );

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
}
