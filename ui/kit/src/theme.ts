import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

/** The house's blue, dark enough at 7–9 for white text (contrast ≥ 4.5) and light enough at 3–4 on dark grounds. */
const lake: MantineColorsTuple = [
  "#eaf3fb",
  "#d3e4f3",
  "#a6c8e7",
  "#76aadb",
  "#4f91d1",
  "#3881cb",
  "#2a6fb5",
  "#1d5f9f",
  "#125089",
  "#063f70",
];

/** Mantine made to pass WCAG 2.2 AA in both schemes (ux.md §9.2). */
export const theme = createTheme({
  primaryColor: "lake",
  colors: { lake },
  primaryShade: { light: 7, dark: 7 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace',
  defaultRadius: "md",
  focusRing: "auto",
  respectReducedMotion: true,
  headings: { fontWeight: "650" },
});

/** Mantine's dimmed text, anchors and errors are too faint for AA; these are not. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#595f66",
    "--mantine-color-placeholder": "#686e75",
    "--mantine-color-anchor": "#125089",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-green-text": "#1b6e35",
    "--mantine-color-orange-text": "#8a4b00",
    "--mantine-color-red-text": "#b3261e",
  },
  dark: {
    "--mantine-color-dimmed": "#a9afb6",
    "--mantine-color-placeholder": "#9aa0a7",
    "--mantine-color-anchor": "#8fc0ea",
    "--mantine-color-error": "#ff9d96",
    "--mantine-color-green-text": "#7fd39a",
    "--mantine-color-orange-text": "#f5b565",
    "--mantine-color-red-text": "#ff9d96",
  },
});
