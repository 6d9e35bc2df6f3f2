// The main tasks without a mouse: every step by Tab, arrows, Space, Enter and Escape, with a focus that can be seen. And a page that
// holds still for whoever asked their system for it.

import { assert, DEVICES, test } from "./support.js";

/** More than any page has places for the focus. */
const TABS_MAX = 80;

/** Presses Tab until the focus is on a thing of this name, and looks that it can be seen there. */
async function tabTo(person, name, key = "Tab") {
  const { page } = person;
  const passed = [];
  for (let at = 0; at < TABS_MAX; at += 1) {
    await page.keyboard.press(key);
    const focus = await page.evaluate(focused);
    passed.push(focus.name);
    if (focus.name !== name) continue;
    assert.ok(focus.isSeen, `the focus on ${name} cannot be seen`);
    return;
  }
  assert.fail(`Tab never reaches ${name}, only ${passed.join(", ")}`);
}

/** What has the focus, in the browser: its name, and whether an outline, a border or a shadow shows it. */
function focused() {
  const element = document.activeElement;
  const labels = [...(element.labels ?? [])].map((label) => label.textContent);
  const by = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
  const name = element.getAttribute("aria-label") || by.join(" ").trim() || labels.join(" ") || element.textContent;
  const shows = (style) => (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none" || (style.content !== "none" && parseFloat(style.borderTopWidth) > 0 && style.position === "absolute");
  const parents = [element, element.parentElement];
  const styles = parents.flatMap((each) => [getComputedStyle(each), getComputedStyle(each, "::after")]);
  return { name: name.replace(/\s*\*$/, "").trim(), isSeen: styles.some(shows) };
}

test("one signs in, finds devices, changes them and signs out by keys alone", async (person) => {
  const { page, api, tenant } = person;
  await api.createAll(DEVICES, ["S1", "S2", "S3"].map((serialNumber) => ({ serialNumber, groupTag: "Office" })));
  await page.goto(`${person.origin}/console`);
  await person.heading("Sign in to Muster").waitFor();
  await tabTo(person, "Tenant");
  await page.keyboard.press("Control+A");
  await page.keyboard.type(tenant);
  await tabTo(person, "Sign in as Muster Administrator", "Shift+Tab");
  await page.keyboard.press("Enter");
  await person.heading("Overview").waitFor();
  await tabTo(person, "Skip to content");
  await tabTo(person, "Devices");
  await page.keyboard.press("Enter");
  await page.getByText("3 devices").waitFor();
  await page.getByRole("grid").getByRole("link", { name: "S3" }).waitFor();
  await tabTo(person, "Devices");
  await page.keyboard.press("Space");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await page.getByRole("toolbar", { name: "2 selected" }).waitFor();
  await tabTo(person, "Set group tag", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  // A dialog gives the focus back to what opened it.
  assert.equal((await page.evaluate(focused)).name, "Set group tag");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(person, "Group tag");
  await page.keyboard.type("Kiosk");
  await page.keyboard.press("Enter");
  await page.getByText("2 would change.").waitFor();
  await tabTo(person, "Change 2 devices");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("gridcell", { name: "Kiosk" }).nth(1).waitFor();
  await tabTo(person, `Account admin@muster.invalid`, "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await person.heading("Sign in to Muster").waitFor();
});

for (const [path, opens, button] of [["/console/import", null, "Choose files"], ["/console/configurations", "Upload a file", "Choose a file"]]) {
  test(`files are chosen by keys at ${path}`, async (person) => {
    const { page } = person;
    const chosen = page.waitForEvent("filechooser");
    await person.signIn(path);
    await page.getByRole("main").getByRole("button", { name: opens ?? button }).waitFor();
    if (opens) {
      await tabTo(person, opens);
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").waitFor();
    }
    await tabTo(person, button);
    await page.keyboard.press("Enter");
    await chosen;
  });
}

test("nothing moves for whoever wants no motion", { reducedMotion: "no-preference" }, async (person) => {
  const { page } = person;
  await person.signIn("/console/groups");
  await person.heading("Groups").waitFor();
  const opened = async () => {
    await person.button(/^Work/).click();
    await page.getByRole("dialog").waitFor();
    const longest = await page.evaluate(() => Math.max(0, ...document.getAnimations().map((animation) => animation.effect.getComputedTiming().activeDuration)));
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    return longest;
  };
  assert.ok((await opened()) > 50, "the panel does not move at all, so that this tests nothing");
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.ok((await opened()) <= 1, "it moves");
});
