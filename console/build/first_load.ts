// Fails the build if the scripts that the first page needs grow beyond their bound.

import { gzipSync } from "node:zlib";

import type { Plugin } from "vite";

const GZIP_BYTES_MAX = 250_000;

export function boundFirstLoad(): Plugin {
  return {
    name: "bound-first-load",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((output) => output.type === "chunk");
      const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
      const needed = new Set<string>();
      const follow = (name: string) => {
        const chunk = byName.get(name);
        if (!chunk || needed.has(name)) return;
        needed.add(name);
        chunk.imports.forEach(follow);
      };
      // The grid of devices is the heaviest of the pages that people begin with: it is part of the first load.
      for (const chunk of chunks) {
        const first = chunk.isEntry || chunk.facadeModuleId?.endsWith("/devices/DevicesPage.tsx");
        if (first) follow(chunk.fileName);
      }
      const bytes = [...needed].reduce((sum, name) => sum + gzipSync(byName.get(name)!.code).length, 0);
      console.log(`first load: ${needed.size} scripts, ${(bytes / 1000).toFixed(1)} kB gzip of ${GZIP_BYTES_MAX / 1000}`);
      if (bytes > GZIP_BYTES_MAX) this.error(`the first load takes ${bytes} bytes of gzip; at most ${GZIP_BYTES_MAX}`);
    },
  };
}
