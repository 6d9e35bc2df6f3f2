// The grid of devices: found, filtered, ordered, sent to a colleague, operated by keys.

import { assert, DEVICES, ORIGIN, test } from "./support.js";

const fleet = (count) => Array.from({ length: count }, (_, at) => ({ serialNumber: `SN-${String(at).padStart(4, "0")}`, groupTag: at % 3 ? "Office" : "Kiosk", model: at % 2 ? "Latitude 7440" : "OptiPlex 7010" }));

test("an empty tenant says what to do next", async (person) => {
  await person.signIn();
  await person.page.getByRole("heading", { name: "No devices are registered yet" }).waitFor();
  await person.look("devices-empty");
});

test("devices are searched, filtered, ordered, and the view can be sent", async (person) => {
  const { page } = person;
  await person.api.createAll(DEVICES, fleet(250));
  await person.signIn();
  const grid = page.getByRole("grid", { name: "Devices" });
  await page.getByText("250 devices").waitFor();
  await grid.getByRole("link", { name: /^SN-/ }).first().waitFor();
  await person.look("devices");

  await page.getByRole("searchbox").fill("latitude SN-0007");
  await page.getByText("1 device", { exact: true }).waitFor();
  await grid.getByRole("link", { name: "SN-0007" }).waitFor();
  await person.button("Clear all").click();
  await page.getByText("250 devices").waitFor();

  await page.getByRole("textbox", { name: "Group tag" }).fill("Kiosk");
  await page.getByRole("textbox", { name: "Group tag" }).press("Enter");
  await page.getByText("84 devices").waitFor();
  await grid.getByRole("button", { name: "Serial number" }).click();
  await grid.getByRole("button", { name: "Serial number" }).click();
  await page.locator('[aria-rowindex="2"]').getByRole("link", { name: "SN-0249" }).waitFor();
  await person.button("Columns").click();
  await page.getByRole("menuitemcheckbox", { name: "Purchase order" }).click();
  await page.keyboard.press("Escape");
  await grid.getByRole("columnheader", { name: "Purchase order" }).waitFor();

  const url = page.url();
  await page.goto(`${ORIGIN}/console/devices`);
  await page.getByText("250 devices").waitFor();
  await page.goto(url);
  await page.getByText("84 devices").waitFor();
  await grid.getByRole("columnheader", { name: "Purchase order" }).waitFor();
  await page.locator('[aria-rowindex="2"]').getByRole("link", { name: "SN-0249" }).waitFor();
});

test("the grid is operated by keys, and rows that were never passed are reached", async (person) => {
  const { page } = person;
  await person.api.createAll(DEVICES, fleet(450));
  await person.signIn("/console/devices?sort=serialNumber");
  await page.getByText("450 devices").waitFor();
  const grid = page.getByRole("grid", { name: "Devices" });
  await grid.getByRole("link", { name: "SN-0000" }).waitFor();
  await grid.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  assert.equal(await page.locator('[aria-rowindex="3"]').getAttribute("aria-selected"), "true");
  await page.keyboard.press("End");
  await grid.getByRole("link", { name: "SN-0449" }).waitFor();
  assert.equal(await grid.getAttribute("aria-activedescendant"), "row-449");
  await page.keyboard.press("Home");
  await grid.getByRole("link", { name: "SN-0000" }).waitFor();
  assert.equal(await page.locator('[aria-rowindex="3"]').getAttribute("aria-selected"), "true");
});

test("a filter with a mistake is answered in Graph's words, with the request id and what to do", async (person) => {
  const { page } = person;
  await person.signIn("/console/devices?filter=serialNumbr%20eq%201");
  const alert = page.getByRole("alert");
  await alert.getByText("serialNumbr").waitFor();
  await alert.getByText(/Request id/).waitFor();
  await alert.getByText(/Change what the message names/).waitFor();
  await person.look("devices-filter-mistake");
});

test("narrow screens and a zoom of 200 % keep everything", { viewport: { width: 400, height: 700 } }, async (person) => {
  const { page } = person;
  await person.api.createAll(DEVICES, fleet(3));
  await person.signIn();
  await page.getByText("3 devices").waitFor();
  await person.button("Open navigation").click();
  await page.getByRole("link", { name: "Devices", exact: true }).waitFor();
  await person.look("navigation-narrow");
  await person.button("Open navigation").click();
  await person.look("devices-narrow");
});

test("names, tags and users are text, whatever they contain", async (person) => {
  const { page } = person;
  const evil = '<img src=x onerror="alert(1)">"\'><script>alert(2)</script>';
  await person.api.createAll(DEVICES, [{ serialNumber: evil, groupTag: evil, userPrincipalName: evil, model: "javascript:alert(3)" }]);
  await person.signIn();
  await page.getByText("1 device", { exact: true }).waitFor();
  await page.getByRole("grid").getByRole("link", { name: evil }).waitFor();
  assert.equal(await page.locator("img").count(), 0);
});
