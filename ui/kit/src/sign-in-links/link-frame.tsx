import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
import { Brand } from "../components/brand.tsx";
import { LanguageSwitch } from "../components/preference-switches.tsx";
import type { CatalogueLoaders, Translate } from "../i18n/i18n.ts";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import { WithTexts } from "../i18n/with-texts.tsx";
import type { texts } from "./texts-it.ts";

export type LinkKey = keyof typeof texts | KitKey;

/** The translator of these pages. */
export const useLinkText = (): Translate<LinkKey> => useTranslate<LinkKey>();

const catalogues: CatalogueLoaders = {
  it: async () => (await import("./texts-it.ts")).texts,
  en: async () => (await import("./texts-en.ts")).texts,
};

/** Shows its children once these pages' texts are there. */
export const LinkTexts = ({ children }: { readonly children: ReactNode }) => (
  <WithTexts catalogues={catalogues}>{children}</WithTexts>
);

export interface LinkFrameProps {
  readonly product: string;
  /** False where the form itself asks for the language. */
  readonly withLanguage: boolean;
  readonly children: ReactNode;
}

/** The same card as the sign-in page. */
export function LinkFrame({ product, withLanguage, children }: LinkFrameProps) {
  return (
    <div className="cf-sign-in">
      <main>
        <Group justify="space-between" mb="md">
          <Brand product={product} />
          {withLanguage ? <LanguageSwitch /> : null}
        </Group>
        <div className="cf-sign-in-card">{children}</div>
      </main>
    </div>
  );
}

export interface LinkNoteProps {
  readonly title: string;
  readonly children: ReactNode;
  readonly action: string;
  readonly onAction: () => void;
}

/** The end of a page: what happened and the one thing to do next. Its heading takes the focus, so that it is read out. */
export function LinkNote({ title, children, action, onAction }: LinkNoteProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Stack>
      <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none" }}>
        {title}
      </Title>
      <Text component="div">{children}</Text>
      <Button onClick={onAction} fullWidth>
        {action}
      </Button>
    </Stack>
  );
}
