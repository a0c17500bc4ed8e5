import { CloseButton, Group, Modal, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useEffect, useId, useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { matchEntries, type PaletteEntry, type PaletteGroup } from "./match-entries.ts";
import { usePaletteText } from "./palette-text.ts";

const searchDelayMs = 250;
/** Characters below which nobody is asked. */
const searchMin = 2;
const textCharsMax = 100;

export interface PaletteProps {
  /** What is known here: pages and acts, shown at once and narrowed by what is typed. */
  readonly own: readonly PaletteGroup[];
  /** Asks the server what has such a name; once typing has paused, from two characters on. */
  readonly find: (text: string, signal: AbortSignal) => Promise<readonly PaletteGroup[]>;
  /** Told whether something was chosen. */
  readonly onClose: (hasGone: boolean) => void;
}

/** One field that leads to every page, thing and act of a console (ux.md: every action in the palette). ARIA: combobox. */
export function Palette({ own, find, onClose }: PaletteProps) {
  const t = usePaletteText();
  const id = useId();
  const [text, setText] = useState("");
  const [activeIndex, setActive] = useState(0);
  const typed = text.trim();
  const [settled] = useDebouncedValue(typed, searchDelayMs);
  const isAsked = settled.length >= searchMin;
  const found = useQuery({
    queryKey: ["palette", settled],
    queryFn: ({ signal }) => find(settled, signal),
    enabled: isAsked,
    gcTime: 0,
  });
  const isSearching = typed.length >= searchMin && (typed !== settled || found.isFetching);
  const groups = [...matchEntries(own, typed), ...(isAsked && typed === settled ? (found.data ?? []) : [])];
  const entries = groups.flatMap((group) => group.entries);
  const index = Math.min(activeIndex, entries.length - 1);
  const optionId = (at: number) => `${id}-${at}`;
  useEffect(() => {
    document.getElementById(`${id}-${index}`)?.scrollIntoView({ block: "nearest" });
  }, [id, index]);
  const choose = (entry: PaletteEntry) => {
    onClose(true);
    entry.go();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = entries[index];
    if (step !== undefined && entries.length > 0) setActive((index + step + entries.length) % entries.length);
    else if (event.key === "Enter" && chosen !== undefined) choose(chosen);
    else return;
    event.preventDefault();
  };
  const heard = isSearching ? t("palette.searching") : t("palette.count", { count: entries.length });
  return (
    <Modal.Root opened onClose={() => onClose(false)} size="lg" yOffset="8dvh" returnFocus={false}>
      <Modal.Overlay />
      <Modal.Content aria-label={t("palette.title")}>
        <Modal.Body p={0}>
          <Group wrap="nowrap" gap="xs" p="sm">
            <TextInput
              flex={1}
              data-autofocus
              role="combobox"
              aria-label={t("palette.field")}
              placeholder={t("palette.field")}
              aria-autocomplete="list"
              aria-expanded={entries.length > 0}
              {...(entries.length > 0 ? { "aria-controls": id, "aria-activedescendant": optionId(index) } : {})}
              maxLength={textCharsMax}
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
                setActive(0);
              }}
              onKeyDown={onKeyDown}
            />
            <CloseButton aria-label={t("kit.close")} onClick={() => onClose(false)} />
          </Group>
          <VisuallyHidden role="status">{heard}</VisuallyHidden>
          <ProblemAlert error={found.error} />
          {entries.length === 0 ? (
            <Text c="dimmed" px="md" pb="md">
              {isSearching ? t("palette.searching") : t("palette.none")}
            </Text>
          ) : (
            <Options {...{ id, groups, index, optionId, choose, setActive }} label={t("palette.title")} />
          )}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

interface OptionsProps {
  readonly id: string;
  readonly label: string;
  readonly groups: readonly PaletteGroup[];
  readonly index: number;
  readonly optionId: (at: number) => string;
  readonly choose: (entry: PaletteEntry) => void;
  readonly setActive: (at: number) => void;
}

/** The focus stays in the field, which names the option that Enter takes; a pointer takes any. */
function Options({ id, label, groups, index, optionId, choose, setActive }: OptionsProps) {
  let next = 0;
  return (
    <div className="cf-palette-list" id={id} role="listbox" aria-label={label}>
      {groups.map((group, place) => (
        // biome-ignore lint/a11y/useSemanticElements: options of a listbox, no inputs.
        <div key={group.label} role="group" aria-labelledby={`${id}-group-${place}`}>
          <div className="cf-palette-group" id={`${id}-group-${place}`} role="presentation">
            {group.label}
          </div>
          {group.entries.map((entry) => {
            const at = next++;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's.
              <div
                key={entry.id}
                id={optionId(at)}
                className="cf-palette-option"
                role="option"
                tabIndex={-1}
                aria-selected={at === index}
                onPointerMove={() => setActive(at)}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => choose(entry)}
              >
                <span>{entry.label}</span>
                {entry.hint === undefined ? null : <span className="cf-palette-hint">{entry.hint}</span>}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}
