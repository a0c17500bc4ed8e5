import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";
import type { Language } from "./preferences.ts";

/** The house's colour. White text on shades 7 to 9 and shades 7 to 9 on white exceed 4.5:1. */
const petrol: MantineColorsTuple = [
  "#eaf6f8",
  "#d6ecf1",
  "#aad7e1",
  "#7bc1d0",
  "#52a9bc",
  "#3394a9",
  "#1a7d93",
  "#0c687d",
  "#085466",
  "#04404f",
];

/** One theme for every web app, but for its figures. Sizes follow the reader's own font size; motion follows his wish. */
const theme = createTheme({
  primaryColor: "petrol",
  colors: { petrol },
  primaryShade: { light: 7, dark: 7 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  headings: {
    fontWeight: "650",
    sizes: { h1: { fontSize: "1.5rem" }, h2: { fontSize: "1.2rem" }, h3: { fontSize: "1rem" } },
  },
  defaultRadius: "md",
  respectReducedMotion: true,
  cursorType: "pointer",
  focusRing: "auto",
  components: {
    // Twenty rows fit a screen of 900 px. Its label stands in a line of the page's own size unless the row says otherwise.
    NavLink: { defaultProps: { py: 6, fz: "sm", lh: "sm" } },
  },
});

/** Figures that somebody types are written as those that are shown: 0,5 in Italian. A point typed there is taken as well. */
export const themeOf = (language: Language): typeof theme => ({
  ...theme,
  components: {
    ...theme.components,
    NumberInput: { defaultProps: { decimalSeparator: language === "it" ? "," : "." } },
  },
});

/** Mantine's own defaults miss WCAG AA for these texts (dimmed is 3.32:1 on white); both schemes are corrected here. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#565d64",
    "--mantine-color-placeholder": "#666d74",
    "--mantine-color-error": "#b42323",
    "--mantine-color-anchor": "#0b6074",
    "--cf-surface": "#ffffff",
    "--cf-ground": "#f4f6f7",
    "--cf-line": "#d9dfe2",
    "--cf-selected": "#dceef2",
    "--cf-hover": "#eef3f5",
    "--cf-good": "#1d6b37",
    "--cf-warn": "#8a4b00",
  },
  dark: {
    "--mantine-color-dimmed": "#a9b0b6",
    "--mantine-color-placeholder": "#9aa1a7",
    "--mantine-color-error": "#ff9a9a",
    "--mantine-color-anchor": "#7bc1d0",
    "--mantine-color-body": "#16191b",
    "--cf-surface": "#1c2023",
    "--cf-ground": "#121516",
    "--cf-line": "#33393d",
    "--cf-selected": "#17414d",
    "--cf-hover": "#262c30",
    "--cf-good": "#86d8a0",
    "--cf-warn": "#ffc078",
  },
});
