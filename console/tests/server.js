// A server with settings of its own, for what the common one is not set to. It has the common one's certificate, which Node trusts already.
// `CONSOLE_DATABASES` names empty databases of PostgreSQL, each for one such server; without any left it is SQLite.

import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const BINARY = process.env.MUSTER_BINARY ?? "../target/debug/muster";
const databases = (process.env.CONSOLE_DATABASES ?? "").split(" ").filter(Boolean);

/** Starts it with these lines of configuration: in dev mode, for the people of a seed if there is one; or as in production, with a
 * certificate and a key that are given. */
export async function startServer(config, { isDev = true, seed } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "muster-console-"));
  const authority = dirname(process.env.NODE_EXTRA_CA_CERTS ?? "");
  for (const name of ["ca.pem", "ca-key.pem", "server.pem", "server-key.pem"]) copyFileSync(join(authority, name), join(folder, name));
  // Variables that begin with MUSTER_ are settings to it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MUSTER_")));
  writeFileSync(join(folder, "muster.toml"), isDev ? config : production(folder) + config);
  const args = ["serve", "--data", folder, "--config", join(folder, "muster.toml"), "--listen", "127.0.0.1:0"];
  if (isDev) args.push("--dev");
  if (seed) {
    writeFileSync(join(folder, "seed.toml"), seed);
    args.push("--seed", join(folder, "seed.toml"));
  }
  const database = databases.shift();
  if (database) args.push("--database", database);
  const server = spawn(BINARY, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const stop = async () => {
    if (server.exitCode === null && server.kill()) await once(server, "exit");
    rmSync(folder, { recursive: true, force: true });
  };
  const said = [];
  const origin = await new Promise((tell) => {
    for (const stream of [server.stdout, server.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        if (line.startsWith("listening on ")) tell(line.slice("listening on ".length));
      });
    }
    server.once("exit", () => tell(null));
    server.once("error", (error) => (said.push(error.message), tell(null)));
  });
  const token = (tenant, user) => execFileSync(BINARY, ["token", "--data", folder, "--tenant", tenant, "--user", user], { env, encoding: "utf8" }).trim();
  if (origin) return { origin, stop, token };
  await stop();
  throw new Error(`the server did not start:\n${said.join("\n")}`);
}

/** What a server needs that makes nothing of its own. */
function production(folder) {
  writeFileSync(join(folder, "own.key"), randomBytes(32).toString("base64"), { mode: 0o600 });
  return `[tls]\ncertificate = '${folder}/server.pem'\nkey = '${folder}/server-key.pem'\n[secrets]\nkey_file = '${folder}/own.key'\n`;
}
