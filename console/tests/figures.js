// The figures of the console: how soon the grid of a large tenant is usable, and how long a task of a script takes while it is
// scrolled. Run by hand, on a machine that does nothing else: docs/figures.md.
//
//   MUSTER_BINARY=../target/release/muster node tests/figures.js [--devices 100000] [--data FOLDER] [--runs 5]
//
// FOLDER is kept, with the devices that are in it, for the next time.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

import { chromium } from "playwright-core";

const TENANT = "00000000-0000-4000-8000-00000000000a";
const ADMINISTRATOR = "admin@muster.invalid";
const WAY = JSON.stringify({ issuer: "dev", tenant: TENANT, user: ADMINISTRATOR });
const BINARY = process.env.MUSTER_BINARY ?? "../target/release/muster";
const CONNECTIONS = 8;
const { values } = parseArgs({ options: { devices: { type: "string", default: "100000" }, data: { type: "string" }, runs: { type: "string", default: "5" } } });
const devices = Number(values.devices);
const runs = Number(values.runs);

const folder = values.data ?? mkdtempSync(join(tmpdir(), "muster-figures-"));
mkdirSync(folder, { recursive: true });
const server = spawn(BINARY, ["serve", "--dev", "--data", folder, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "ignore"] });
const origin = await new Promise((tell) => createInterface({ input: server.stdout }).on("line", (line) => line.startsWith("listening on ") && tell(line.slice(13))));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
try {
  await load();
  const report = { devices, "cold page load": [], "reload": [], "click on sign-in": [], "from another page": [] };
  for (let run = 0; run < runs; run += 1) await measureLoads(report);
  for (const [what, times] of Object.entries(report)) if (what !== "devices") report[what] = { median: times.toSorted((a, b) => a - b)[times.length >> 1], all: times };
  report.scrolling = await measureScrolling();
  console.log(JSON.stringify(report, null, 2));
} finally {
  await browser.close();
  server.kill();
  await once(server, "exit");
  if (!values.data) rmSync(folder, { recursive: true });
}

/** Creates devices until there are as many as are wanted, twenty in a request. */
async function load() {
  const token = execFileSync(BINARY, ["token", "--data", folder, "--tenant", TENANT, "--user", ADMINISTRATOR], { encoding: "utf8" }).trim();
  const agent = new Agent({ ca: readFileSync(join(folder, "ca.pem")), keepAlive: true, maxSockets: CONNECTIONS });
  const call = (method, path, body) =>
    new Promise((resolve, reject) => {
      const sent = request(origin + path, { method, agent, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } }, async (response) => resolve(Buffer.concat(await response.toArray()).toString()));
      sent.on("error", reject);
      sent.end(body);
    });
  let next = Number(await call("GET", "/beta/deviceManagement/windowsAutopilotDeviceIdentities/$count"));
  const create = async () => {
    while (next < devices) {
      const numbers = Array.from({ length: Math.min(20, devices - next) }, (_, at) => next + at);
      next += numbers.length;
      const requests = numbers.map((number) => ({
        id: String(number),
        method: "POST",
        url: "/deviceManagement/windowsAutopilotDeviceIdentities",
        headers: { "Content-Type": "application/json" },
        body: { serialNumber: `SN-${String(number).padStart(7, "0")}`, groupTag: `Tag ${number % 40}`, displayName: `PC-${number}`, model: `Latitude ${7_000 + (number % 9) * 10}`, manufacturer: "Dell Inc.", userPrincipalName: `user${number}@contoso.example` },
      }));
      const { responses } = JSON.parse(await call("POST", "/beta/$batch", JSON.stringify({ requests })));
      const refused = responses.find(({ status }) => status !== 201);
      assert.ok(!refused, JSON.stringify(refused));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, create));
  agent.destroy();
}

/** In the page: when rows that can be operated were there first, on the clock of the machine. */
function watch() {
  const look = () => {
    const isThere = document.querySelector('[role="grid"][aria-busy="false"] [role="row"] a');
    if (isThere) globalThis.usableAt ??= performance.timeOrigin + performance.now();
    else requestAnimationFrame(look);
  };
  globalThis.watchAgain = () => (delete globalThis.usableAt, look());
  look();
}

async function usable(page, begin, act) {
  const begun = performance.timeOrigin + performance.now();
  await act();
  await page.waitForFunction(() => globalThis.usableAt);
  const took = Math.round((await page.evaluate(() => globalThis.usableAt)) - begun);
  begin.push(took);
  // Usable means that keys move in it, and that it knows how many rows there are.
  await page.getByRole("grid").focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => document.querySelector('[role="grid"]').getAttribute("aria-activedescendant") === "row-1");
  await page.waitForFunction((count) => document.querySelector('[role="grid"]').getAttribute("aria-rowcount") === String(count + 1), Math.min(devices, 1_000_000));
}

async function newPage(isSignedIn) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 } });
  await context.addInitScript(watch);
  if (isSignedIn) await context.addInitScript((way) => sessionStorage.setItem("muster.way", way), WAY);
  return context.newPage();
}

async function measureLoads(report) {
  const cold = await newPage(true);
  await usable(cold, report["cold page load"], () => cold.goto(`${origin}/console/devices`, { waitUntil: "commit" }));
  await usable(cold, report.reload, () => cold.goto(`${origin}/console/devices`, { waitUntil: "commit" }));
  await cold.getByRole("link", { name: "Groups" }).click();
  await cold.getByRole("heading", { level: 1, name: "Groups" }).waitFor();
  await cold.evaluate(() => globalThis.watchAgain());
  await usable(cold, report["from another page"], () => cold.getByRole("link", { name: "Devices" }).click());
  await cold.context().close();
  const fresh = await newPage(false);
  await fresh.goto(`${origin}/console/devices`);
  const button = fresh.getByRole("button", { name: "Sign in as Muster Administrator" });
  await fresh.getByLabel("Tenant").fill(TENANT);
  await usable(fresh, report["click on sign-in"], () => button.click());
  await fresh.context().close();
}

/** Scrolls by the wheel and by leaps to places that nobody passed, and tells the longest tasks of the page's thread. */
async function measureScrolling() {
  const page = await newPage(true);
  await usable(page, [], () => page.goto(`${origin}/console/devices?sort=serialNumber`, { waitUntil: "commit" }));
  await page.mouse.move(700, 500);
  const tools = await page.context().newCDPSession(page);
  const events = [];
  tools.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await tools.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["toplevel", "disabled-by-default-devtools.timeline", "devtools.timeline", "__metadata"] } });
  for (let step = 0; step < 120; step += 1) await page.mouse.wheel(0, 400);
  const height = await page.getByRole("grid").evaluate((grid) => grid.scrollHeight);
  for (const share of [0.1, 0.9, 0.5, 0.25, 0.75, 1, 0]) {
    await page.getByRole("grid").evaluate((grid, to) => (grid.scrollTop = to), height * share);
    await page.waitForFunction(() => document.querySelector('[role="grid"]').getAttribute("aria-busy") === "false" && document.querySelector('[role="grid"] [role="row"] a'));
    for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 400);
  }
  const ended = once(tools, "Tracing.tracingComplete");
  await tools.send("Tracing.end");
  await ended;
  const process = await pidOf(tools);
  const main = new Set(events.filter(({ name, args, pid }) => name === "thread_name" && args.name === "CrRendererMain" && (process === null || pid === process)).map(({ pid, tid }) => `${pid}-${tid}`));
  const longest = (names, key) => Math.round(Math.max(0, ...events.filter((event) => names.includes(event.name) && main.has(`${event.pid}-${event.tid}`)).map((event) => event[key] ?? 0)) / 100) / 10;
  const scripts = ["FunctionCall", "EvaluateScript", "v8.run", "RunMicrotasks", "FireAnimationFrame", "TimerFire", "EventDispatch"];
  await page.context().close();
  return {
    height,
    "longest script, ms": longest(scripts, "dur"),
    "longest script, ms of processor": longest(scripts, "tdur"),
    "longest task, ms": longest(["RunTask", "ThreadControllerImpl::RunTask"], "dur"),
    "longest task, ms of processor": longest(["RunTask", "ThreadControllerImpl::RunTask"], "tdur"),
  };
}

async function pidOf(tools) {
  const { processInfo } = await tools.send("SystemInfo.getProcessInfo").catch(() => ({ processInfo: [] }));
  return processInfo.find(({ type }) => type === "renderer")?.id ?? null;
}
