// The tests of the console, in one browser. A file's name as an argument runs that file alone: `node tests/index.js devices`.
// With `CONSOLE_PART=1/2` it is the first of two parts, which two databases share: the files in the order of their size, by turns;
// what holds for every page is in both.

import { readdirSync, statSync } from "node:fs";

const ON_BOTH = "pages.test.js";

const here = new URL(".", import.meta.url);
const size = (file) => statSync(new URL(file, here)).size;
const files = readdirSync(here).filter((file) => file.endsWith(".test.js"));
const wanted = process.argv.slice(2).map((name) => `${name}.test.js`);
const [part, parts] = (process.env.CONSOLE_PART ?? "1/1").split("/").map(Number);
const drawn = files.filter((file) => file !== ON_BOTH).sort((one, other) => size(other) - size(one)).filter((_, at) => at % parts === part - 1);
for (const file of wanted.length > 0 ? wanted : [...drawn, ON_BOTH]) await import(`./${file}`);
