// What every test of the console has: a person with a browser, in a tenant of the test's own on a real server, and the
// API to prepare that tenant. `CONSOLE_ARTIFACTS` is where screenshots are kept, for somebody to look at.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test as run } from "node:test";

import { chromium } from "playwright-core";

import { startServer } from "./server.js";

const ORIGIN = process.env.GRAPH_BASE_URL ?? "https://127.0.0.1:8443";
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const ARTIFACTS = process.env.CONSOLE_ARTIFACTS ?? "../target/console/sqlite";
const ALL_RULES = { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
/** What another theme changes. */
const CONTRAST = { type: "rule", values: ["color-contrast"] };
const AXE = `if (!globalThis.axe) { ${readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")} }`;
const CLIENT = "00000000-0000-4000-8000-00000000000c";
const ADMINISTRATOR = "admin@muster.invalid";
const PATIENCE = Number(process.env.PATIENCE ?? 60_000);

export const DEVICES = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";

mkdirSync(ARTIFACTS, { recursive: true });
// Chromium refuses its sandbox to root, who runs tests in containers.
const browser = await chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
after(() => browser.close());

/** The API of a tenant, for its administrator or for the bearer of a token. */
export class Api {
  constructor(tenant, origin = ORIGIN, token = undefined) {
    this.tenant = tenant;
    this.origin = origin;
    this.kept = token;
  }

  async token() {
    this.kept ??= await tokenOf(this);
    return this.kept;
  }

  async call(method, path, body, headers = {}) {
    const response = await fetch(this.origin + path, {
      method,
      headers: { Authorization: `Bearer ${await this.token()}`, "Content-Type": "application/json", ...headers },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text && response.headers.get("content-type")?.includes("application/json") ? JSON.parse(text) : text;
  }

  get(path) {
    return this.call("GET", path);
  }

  post(path, body) {
    return this.call("POST", path, body);
  }

  /** Creates an entity from each body; the answers in their order. */
  async createAll(path, bodies) {
    const created = [];
    for (let at = 0; at < bodies.length; at += 20) {
      const requests = bodies.slice(at, at + 20).map((body, index) => ({
        id: String(index),
        method: "POST",
        url: path.replace("/beta", ""),
        headers: { "Content-Type": "application/json" },
        body,
      }));
      const { responses } = await this.post("/beta/$batch", { requests });
      for (const { status, body } of responses.sort((a, b) => a.id - b.id)) {
        assert.ok(status < 300, JSON.stringify(body));
        created.push(body);
      }
    }
    return created;
  }
}

/** A token by the authorization code flow, as a person gets one. */
async function tokenOf({ tenant, origin }) {
  const redirect_uri = "http://localhost/";
  const asked = new URLSearchParams({ client_id: CLIENT, response_type: "code", redirect_uri, scope: "https://graph.microsoft.com/.default", user: ADMINISTRATOR });
  const back = await fetch(`${origin}/${tenant}/oauth2/v2.0/authorize?${asked}`, { redirect: "manual" });
  const code = new URL(back.headers.get("location")).searchParams.get("code");
  const body = new URLSearchParams({ client_id: CLIENT, grant_type: "authorization_code", code, redirect_uri });
  const answer = await fetch(`${origin}/${tenant}/oauth2/v2.0/token`, { method: "POST", body });
  return (await answer.json()).access_token;
}

/** A person at the console. */
export class Person {
  constructor(page, tenant, server, invite) {
    this.invite = invite;
    this.tenant = tenant;
    this.server = server;
    this.origin = server?.origin ?? ORIGIN;
    this.api = new Api(tenant, this.origin);
    this.problems = [];
    this.watch(page);
  }

  /** Somebody else of the same tenant, with a browser of their own. */
  async colleague() {
    const other = new Person(await this.invite(), this.tenant, this.server, this.invite);
    other.problems = this.problems;
    return other;
  }

  /** Goes on in another tab. */
  async another() {
    this.watch(await this.page.context().newPage());
  }

  watch(page) {
    this.page = page;
    page.on("pageerror", (error) => this.problems.push(`page error: ${error.message}`));
    page.on("console", (message) => {
      // An answer with an error status is for the page to handle; what the policy refuses, or React complains of, is not.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) this.problems.push(message.text());
    });
    page.on("dialog", (dialog) => {
      if (dialog.type() !== "beforeunload") this.problems.push(`a script asked: ${dialog.message()}`);
      void dialog.accept();
    });
  }

  /** Signs in by one click, and is where they wanted to be. */
  async signIn(path = "/console/devices", name = "Muster Administrator") {
    await this.page.goto(this.origin + path);
    await this.page.getByLabel("Tenant").fill(this.tenant);
    await this.page.getByRole("button", { name: `Sign in as ${name}` }).click();
    await this.page.getByRole("navigation", { name: "Main navigation", includeHidden: true }).waitFor({ state: "attached" });
  }

  heading(name) {
    return this.page.getByRole("heading", { level: 1, name });
  }

  button(name) {
    return this.page.getByRole("button", { name });
  }

  /** Chooses in the dialog, and is back at the page; while the dialog is open the page behind it is not to be found by its roles. */
  async confirm(verb) {
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("button", { name: verb }).click();
    await dialog.waitFor({ state: "detached" });
  }

  /** The page as it looks in both themes, and what axe finds in each. */
  async look(name) {
    for (const colorScheme of ["light", "dark"]) {
      await this.page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await this.page.mouse.move(0, 0);
      await this.page.screenshot({ path: `${ARTIFACTS}/${name}-${colorScheme}.png`, animations: "disabled" });
      await this.accessible(`${name}, ${colorScheme}`, colorScheme === "light" ? ALL_RULES : CONTRAST);
    }
    await this.page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
  }

  async accessible(what, runOnly = ALL_RULES) {
    await this.page.evaluate(AXE);
    // Fluent's marks of where the focus turns around pass it on at once.
    const { violations } = await this.page.evaluate((only) => globalThis.axe.run({ exclude: ["[data-tabster-dummy]"] }, { runOnly: only }), runOnly);
    const found = violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`);
    assert.deepEqual(found, [], what);
  }
}

/** A test as a person does it, in a new tenant; on a server of its own if `config` and `seed` say how, or `server` starts one. Nothing
 * may be complained of in the browser's console. */
export function test(name, options, act) {
  const [{ config, seed, server: start, ...context }, steps] = act ? [options, act] : [{}, options];
  run(name, { timeout: 300_000 }, async () => {
    const server = start ? await start() : config === undefined ? null : await startServer(config, { seed });
    const opened = [];
    const invite = async () => {
      const one = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", locale: "en-GB", timezoneId: "UTC", ...context });
      one.setDefaultTimeout(PATIENCE);
      opened.push(one);
      return one.newPage();
    };
    const person = new Person(await invite(), randomUUID(), server, invite);
    try {
      await steps(person);
      assert.deepEqual(person.problems, []);
    } catch (error) {
      await person.page.screenshot({ path: `${ARTIFACTS}/FAILED-${name.replace(/\W+/g, "-")}.png` }).catch(() => {});
      throw error;
    } finally {
      for (const one of opened) await one.close();
      await server?.stop();
    }
  });
}

export { assert, ORIGIN };
