import { useLingui } from "@lingui/react";
import { type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { type Language, rememberLanguage, rememberScheme } from "../preferences.ts";

const languages: readonly (readonly [Language, string])[] = [
  ["it", "Italiano"],
  ["en", "English"],
];
const schemes: readonly MantineColorScheme[] = ["light", "dark", "auto"];

/** Language and theme as items of a menu; the choice is kept in a cookie. */
export function PreferenceItems() {
  const { i18n } = useLingui();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const chooseLanguage = (language: Language) => {
    rememberLanguage(language);
    document.documentElement.lang = language;
    i18n.activate(language);
  };
  return (
    <>
      <Menu.Label>{i18n._("kit.language")}</Menu.Label>
      {languages.map(([language, name]) => (
        <Menu.Item
          key={language}
          lang={language}
          aria-current={i18n.locale === language}
          fw={i18n.locale === language ? 650 : undefined}
          onClick={() => chooseLanguage(language)}
        >
          {name}
        </Menu.Item>
      ))}
      <Menu.Label>{i18n._("kit.scheme")}</Menu.Label>
      {schemes.map((scheme) => (
        <Menu.Item
          key={scheme}
          aria-current={colorScheme === scheme}
          fw={colorScheme === scheme ? 650 : undefined}
          onClick={() => {
            rememberScheme(scheme);
            setColorScheme(scheme);
          }}
        >
          {i18n._(`kit.scheme.${scheme}`)}
        </Menu.Item>
      ))}
    </>
  );
}

/** The menu behind a name in the corner: who is signed in, preferences, and what the app adds. */
export function AccountMenu({ name, children }: { readonly name: string; readonly children?: ReactNode }) {
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton px="sm" py={6} aria-haspopup="menu">
          {name} ▾
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <PreferenceItems />
        {children ? <Menu.Divider /> : null}
        {children}
      </Menu.Dropdown>
    </Menu>
  );
}
