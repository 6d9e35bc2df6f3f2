// All tests of the console, in one browser. A file's name as an argument runs that file alone: `node tests/index.js devices`.

import { readdirSync } from "node:fs";

const wanted = process.argv.slice(2);
const files = readdirSync(new URL(".", import.meta.url)).filter((file) => file.endsWith(".test.js"));
for (const file of files.filter((file) => wanted.length === 0 || wanted.includes(file.replace(".test.js", "")))) {
  await import(`./${file}`);
}
