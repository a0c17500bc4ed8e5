import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { useLanguage, useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import { useSwitchLanguage } from "../i18n/language-context.ts";
import type { ColorScheme, Language } from "../preferences.ts";

/** Italian or English. Each language is named in itself. */
export function LanguageSwitch() {
  const t = useTranslate<KitKey>();
  const language = useLanguage();
  const switchLanguage = useSwitchLanguage();
  return (
    <SegmentedControl
      aria-label={t("kit.language")}
      size="xs"
      value={language}
      onChange={(value) => void switchLanguage(value as Language)}
      data={[
        { value: "it", label: t("kit.language.it") },
        { value: "en", label: t("kit.language.en") },
      ]}
    />
  );
}

/** Light, dark or as the system. */
export function SchemeSwitch() {
  const t = useTranslate<KitKey>();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label={t("kit.scheme")}
      size="xs"
      value={colorScheme}
      onChange={(value) => setColorScheme(value as ColorScheme)}
      data={(["auto", "light", "dark"] as const).map((scheme) => ({ value: scheme, label: t(`kit.scheme.${scheme}`) }))}
    />
  );
}
