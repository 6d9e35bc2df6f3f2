// How the console is built: below /console, into the folder that the server embeds, no larger than it may be.

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { boundFirstLoad } from "./build/first_load.ts";

export default defineConfig({
  base: "/console/",
  plugins: [react(), boundFirstLoad()],
  build: {
    outDir: "dist/site",
    emptyOutDir: true,
    target: "es2022",
    // An inline script or a data: module would break the policy of the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1_000,
  },
});
