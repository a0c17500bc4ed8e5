import { ActionIcon, TextInput } from "@mantine/core";
import { type RefObject, useEffect, useState } from "react";
import { Icon } from "../icons.tsx";
import { useT } from "../translate.ts";

export interface SearchBoxProps {
  readonly value: string | null;
  readonly inputRef: RefObject<HTMLInputElement | null>;
  /** Null ends the search. */
  readonly onSearch: (text: string | null) => void;
}

/** One box for words and operators; Enter searches, Escape leaves. */
export function SearchBox({ value, inputRef, onSearch }: SearchBoxProps) {
  const t = useT();
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  return (
    <search className="wm-search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSearch(text.trim() === "" ? null : text.trim());
        }}
      >
        <TextInput
          ref={inputRef}
          type="search"
          aria-label={t("mail.search")}
          placeholder={t("mail.search")}
          title={t("mail.search.hint")}
          leftSection={<Icon name="search" />}
          rightSection={
            value === null ? null : (
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("mail.search.clear")}
                onClick={() => onSearch(null)}
              >
                <Icon name="close" />
              </ActionIcon>
            )
          }
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.currentTarget.blur();
            if (value !== null) onSearch(null);
          }}
        />
      </form>
    </search>
  );
}
