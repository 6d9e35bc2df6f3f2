// Import: lists are dropped, faults mended at their cells, rows registered; a closed tab loses nothing.

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { assert, DEVICES, test } from "./support.js";

const MUSTER = process.env.MUSTER_BINARY ?? "../target/debug/muster";
const HEADER = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User";
const base64 = (text) => Buffer.from(text).toString("base64");
/** A row whose hash is a placeholder, which a dev server takes. */
const row = (serialNumber, tag = "Berlin", user = "") => [serialNumber, "", base64(`opaque ${serialNumber} ${randomUUID()}`), tag, user].join(",");
/** A row with the hardware hash of a device of its own. */
const hashed = (serialNumber, tag = "Berlin", user = "") => {
  const hash = execFileSync(MUSTER, ["hash", "build", "--manufacturer", "Example Corp", "--model", "Example Model 1", "--serial", serialNumber, "--uuid", randomUUID(), "--tpm", randomUUID()]);
  return [serialNumber, "", hash.toString().trim(), tag, user].join(",");
};
const list = (rows) => [HEADER, ...rows, ""].join("\n");

async function drop(person, name, text) {
  await person.page.getByLabel("Choose files").last().setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
}

test("faults are shown at their cells, mended or left out, and the rest is registered", async (person) => {
  const { page, api } = person;
  await api.createAll(DEVICES, [{ serialNumber: "Not of the import", groupTag: "Kiosk" }]);
  await person.signIn("/console/import");
  await person.look("import-empty");
  await drop(person, "devices.csv", list([hashed("A1"), hashed("A2", "Berlin", "nobody"), "A3,,not Base64!,<img src=x onerror=alert(1)>,", hashed("A4")]));
  const review = page.getByRole("region", { name: "devices.csv" });
  await review.getByText("4 rows, 2 errors, 0 warnings").waitFor();
  const user = review.getByLabel("Assigned user in line 3");
  assert.match(await user.getAttribute("aria-describedby"), /fault-3-user/);
  await review.getByText(/is not a user principal name. Write the user as name@domain/).waitFor();
  await person.look("import-faults");
  await user.fill("alice@contoso.example");
  await person.button("Check 1 mended row").click();
  await review.getByText("1 mended row has no error any more").waitFor();
  assert.equal(await review.getByText(/is not a user principal name/).count(), 0);
  assert.equal(await person.button(/^Check/).count(), 0);
  await review.getByLabel("Leave out line 4").check();
  await review.getByLabel("Group tag for all rows").fill("Kiosk");
  await person.button("Import 3 rows").click();
  await page.getByText("Ended: 4 of 4 rows, 3 registered, 1 left out").waitFor();
  await person.look("import-ended");
  const [download] = await Promise.all([page.waitForEvent("download"), person.button("Download report").click()]);
  const report = await (await download.createReadStream()).toArray();
  assert.match(Buffer.concat(report).toString(), /^line,serialNumber,result.*\n2,A1,registered.*\n3,A2,registered.*\n5,A4,registered/);
  await page.getByRole("link", { name: "Show devices" }).click();
  await page.getByText("3 devices").waitFor();
  assert.match(new URL(page.url()).search, /^\?import=[0-9a-f-]{36}$/);
  await person.button("Of one import: show all again").waitFor();
  await page.getByRole("grid").getByRole("link", { name: "A1", exact: true }).click();
  const records = page.getByRole("region", { name: "Hardware hash" }).first();
  await records.getByRole("cell", { name: "Example Model 1" }).waitFor();
  const { value } = await api.get(`${DEVICES}?$filter=serialNumber eq 'A2'`);
  assert.equal(value[0].userPrincipalName, "alice@contoso.example");
});

test("a list is dropped by the mouse, and one that misses its place takes nobody away", async (person) => {
  const { page } = person;
  await person.signIn("/console/import");
  const name = '"><img src=x onerror=alert(1)>.csv';
  const folder = mkdtempSync(join(tmpdir(), "muster-dropped-"));
  const file = join(folder, name);
  writeFileSync(file, list([row("<b>D1</b>", "<img src=x onerror=alert(2)>"), "D2,,not Base64!,<script>alert(3)</script>,<img src=x>"]));
  const mouse = await page.context().newCDPSession(page);
  const dropAt = async ({ x, y }) => {
    for (const type of ["dragEnter", "dragOver", "drop"]) await mouse.send("Input.dispatchDragEvent", { type, x, y, data: { items: [], files: [file], dragOperationsMask: 1 } });
  };
  await dropAt({ x: 20, y: 700 });
  const zone = page.getByText(/^Drop lists here/).locator("..");
  const { x, y, width, height } = await zone.boundingBox();
  await dropAt({ x: x + width / 2, y: y + height / 2 });
  const review = page.getByRole("region", { name });
  await review.getByText(/^2 rows, 3 errors/).waitFor();
  assert.equal(await review.getByLabel("Group tag in line 3").inputValue(), "<script>alert(3)</script>");
  assert.equal(await page.locator("img, main script").count(), 0);
  rmSync(folder, { recursive: true });
});

test("a closed tab loses nothing: the import is taken up where it was", async (person) => {
  const { page, api } = person;
  await person.signIn("/console/import");
  const rows = Array.from({ length: 1_200 }, (_, at) => row(`B${at}`));
  // The second part of the list never comes back, as if the tab had been closed then.
  let parts = 0;
  const hold = (route) => ((parts += 1) === 2 ? undefined : route.continue());
  await page.route("**/_/import?**", hold);
  await drop(person, "long.csv", list(rows));
  await person.button("Import 1,200 rows").click();
  await page.getByText(/Running: 500 of 1,200 rows/).waitFor();
  // Another tab knows nothing of the first but what the browser keeps.
  await person.another();
  await page.close();
  await person.signIn("/console/import");
  await person.page.getByText(/Interrupted: 500 of 1,200 rows/).waitFor();
  await person.look("import-interrupted");
  await person.button("Take up").click();
  await person.page.getByText("Ended: 1,200 of 1,200 rows, 1,200 registered").waitFor();
  const count = await api.get(`${DEVICES}/$count`);
  assert.equal(Number(count), 1_200);
  await person.button("Dismiss").click();
  await person.page.getByText("long.csv").waitFor({ state: "detached" });
});

test("lists as spreadsheets write them are read, and what is none is said so", async (person) => {
  const { page, api } = person;
  await person.signIn("/console/import");
  const text = list([row("Ä-1", "München"), row("Ä-2", "München")]).replaceAll(",", ";").replaceAll("\n", "\r\n");
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`sep=;\r\n${text}`, "utf16le")]);
  await page.getByLabel("Choose files").last().setInputFiles({ name: "excel.csv", mimeType: "text/csv", buffer: utf16 });
  await person.button("Import 2 rows").click();
  await page.getByText("Ended: 2 of 2 rows, 2 registered").waitFor();
  const { value } = await api.get(`${DEVICES}?$select=id,serialNumber,groupTag&$orderby=serialNumber`);
  assert.deepEqual(value.map(({ serialNumber, groupTag }) => [serialNumber, groupTag]), [["Ä-1", "München"], ["Ä-2", "München"]]);
  await drop(person, '"><img src=x onerror=alert(1)>.csv', "PK\u0003\u0004");
  await page.getByText(/The file is a workbook or another ZIP archive/).waitFor();
  assert.equal(await person.button(/^Import/).count(), 0);
  assert.equal(await page.locator("img").count(), 0);
});

test("all faults of a list with more bad rows than anybody mends are reached, saved and left out", async (person) => {
  const { page } = person;
  await person.signIn("/console/import");
  const rows = Array.from({ length: 650 }, (_, at) => `C${at},,not Base64! ${at},Berlin,`);
  const good = Array.from({ length: 3 }, (_, at) => hashed(`D${at}`));
  await drop(person, "bad.csv", list([...rows, ...good]));
  const review = page.getByRole("region", { name: "bad.csv" });
  await review.getByText("653 rows, 650 errors").waitFor();
  await review.getByText("1 to 50 of more than 500 rows with faults").waitFor();
  for (let at = 0; at < 10; at += 1) await person.button("Next rows").click();
  await review.getByText("501 to 550 of 650 rows with faults").waitFor();
  await review.getByLabel("Hardware hash in line 502").fill(hashed("C500").split(",")[2]);
  await person.button("Check 1 mended row").click();
  await review.getByLabel("Hardware hash in line 502").and(page.locator('[aria-invalid="false"]')).waitFor();
  await person.look("import-many-faults");
  const [saved] = await Promise.all([page.waitForEvent("download"), person.button("Download all faults").click()]);
  const [head, ...lines] = Buffer.concat(await (await saved.createReadStream()).toArray()).toString().trim().split("\n");
  assert.equal(head, "line,serialNumber,level,code,column,cause,remedy");
  const errors = lines.filter((line) => /^\d+,C\d+,error,/.test(line));
  assert.deepEqual([errors.length, errors[0].split(",")[0], errors.at(-1).split(",")[0]], [650, "2", "651"]);
  await person.button("Leave out all rows with errors").click();
  await review.getByText("649 rows are left out").waitFor();
  await person.button("Import 4 rows").click();
  await page.getByText("Ended: 653 of 653 rows, 4 registered, 649 left out").waitFor();
  await page.getByRole("link", { name: "Show devices" }).click();
  await page.getByText("4 devices").waitFor();
});
