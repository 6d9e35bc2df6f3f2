// A server with settings of its own, for what the common one is not set to. It has the common one's CA, which Node trusts already.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

const BINARY = process.env.MUSTER_BINARY ?? "../target/debug/muster";

/** Starts it in dev mode with these lines of configuration. */
export async function startServer(config) {
  const folder = mkdtempSync(join(tmpdir(), "muster-console-"));
  const authority = dirname(process.env.NODE_EXTRA_CA_CERTS ?? "");
  for (const name of ["ca.pem", "ca-key.pem"]) copyFileSync(join(authority, name), join(folder, name));
  writeFileSync(join(folder, "muster.toml"), config);
  const args = ["serve", "--dev", "--data", folder, "--config", join(folder, "muster.toml"), "--listen", "127.0.0.1:0"];
  // Variables that begin with MUSTER_ are settings to it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MUSTER_")));
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
