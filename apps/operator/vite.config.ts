import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Everything is served by our own listener under a strict policy: no inline script, no foreign address. */
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    // As in the console: else the bundler puts a context of the first page beside what places menus and lists.
    rolldownOptions: {
      output: {
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: "floating", test: /@floating-ui/ }] },
      },
    },
  },
});
