import type { PolicySource } from "@casaforte/contract/policies";
import { ActionIcon, Alert, Button, Card, Checkbox, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useT } from "../translate.ts";
import { linesOf, newSource } from "./draft.ts";

const kinds = ["directory", "image", "command"] as const;

export interface SourceFieldsProps {
  readonly sources: readonly PolicySource[];
  onChange(sources: PolicySource[]): void;
}

/** What is backed up: folders, disks, the output of commands. */
export function SourceFields({ sources, onChange }: SourceFieldsProps) {
  const t = useT();
  const set = (index: number, source: PolicySource) => onChange(sources.toSpliced(index, 1, source));
  return (
    <Stack gap="sm">
      {sources.map((source, index) => (
        // A source has no other identity than its place while its name is being typed.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <Card key={index} withBorder padding="md">
          <Stack gap="sm">
            <Group align="flex-end">
              <Select
                label={t("policies.sourceKind")}
                data={kinds.map((kind) => ({ value: kind, label: t(`policies.kind.${kind}`) }))}
                value={source.kind}
                onChange={(kind) => kind && set(index, newSource(kind, source.name))}
                allowDeselect={false}
              />
              <TextInput
                label={t("policies.sourceName")}
                value={source.name}
                onChange={(event) => set(index, { ...source, name: event.currentTarget.value })}
                required
                maxLength={60}
                flex="1 1 12rem"
              />
              {sources.length > 1 ? (
                <ActionIcon
                  variant="subtle"
                  color="red"
                  size="lg"
                  aria-label={t("policies.removeSource", { name: source.name })}
                  onClick={() => onChange(sources.toSpliced(index, 1))}
                >
                  ×
                </ActionIcon>
              ) : null}
            </Group>
            <KindFields source={source} onChange={(next) => set(index, next)} />
          </Stack>
        </Card>
      ))}
      <Group>
        <Button
          variant="default"
          size="xs"
          onClick={() =>
            onChange([...sources, newSource("directory", t("policies.sourceN", { n: sources.length + 1 }))])
          }
        >
          {t("policies.addSource")}
        </Button>
      </Group>
    </Stack>
  );
}

function KindFields({ source, onChange }: { readonly source: PolicySource; onChange(source: PolicySource): void }) {
  const t = useT();
  if (source.kind === "image")
    return (
      <TextInput
        label={t("policies.imagePath")}
        description={t("policies.imageHint")}
        placeholder="/dev/vg0/data"
        value={source.path}
        onChange={(event) => onChange({ ...source, path: event.currentTarget.value })}
        required
      />
    );
  if (source.kind === "command")
    return (
      <>
        <TextInput
          label={t("policies.command")}
          placeholder="pg_dump --format=custom shop"
          value={source.command}
          onChange={(event) => onChange({ ...source, command: event.currentTarget.value })}
          required
        />
        <TextInput
          label={t("policies.fileName")}
          value={source.fileName}
          onChange={(event) => onChange({ ...source, fileName: event.currentTarget.value })}
          required
        />
        <Alert color="lake">{t("policies.commandHint")}</Alert>
      </>
    );
  return (
    <>
      <Lines
        label={t("policies.paths")}
        placeholder={"/home\n/etc"}
        lines={source.paths}
        required
        onChange={(paths) => onChange({ ...source, paths })}
      />
      <Lines
        label={t("policies.exclude")}
        description={t("policies.patternHint")}
        lines={source.exclude}
        onChange={(exclude) => onChange({ ...source, exclude })}
      />
      <Checkbox
        label={t("policies.crossFileSystems")}
        checked={source.crossFileSystems}
        onChange={(event) => onChange({ ...source, crossFileSystems: event.currentTarget.checked })}
      />
    </>
  );
}

interface LinesProps {
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly required?: boolean;
  readonly lines: readonly string[];
  onChange(lines: string[]): void;
}

/** A list, one entry a line; what is typed stays as typed. */
export function Lines({ lines, onChange, ...rest }: LinesProps) {
  const [text, setText] = useState(lines.join("\n"));
  return (
    <Textarea
      {...rest}
      autosize
      minRows={2}
      maxRows={10}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        onChange(linesOf(event.currentTarget.value));
      }}
    />
  );
}
