// What holds for every page: nobody's text is taken for markup, axe finds nothing, a zoom of 400 % loses nothing, and what the
// caller may not do is disabled with the permission that it takes. It is tried on both databases.

import { EVIL, furnish, open, routes } from "./pages.js";
import { assert, test } from "./support.js";

/** The sizes of a window of 1280 by 1024 at a zoom of 200 % and of 400 %. */
const ZOOMED = [
  { width: 640, height: 512 },
  { width: 320, height: 256 },
];

test("every page shows foreign text as text, pleases axe, and reads on a page that is zoomed", { viewport: { width: 1280, height: 1024 } }, async (person) => {
  const { page, api } = person;
  const pages = await furnish(api);
  assert.deepEqual(routes().filter((route) => !pages.some((each) => each.route === route)), [], "pages that are missing in tests/pages.js");
  await person.signIn("/console/overview");
  const found = [];
  for (const each of pages) {
    await open(person, each);
    const what = each.at ?? each.route;
    if (await page.locator("img, main script").count()) found.push(`${what}: markup that came as text`);
    await person.accessible(what);
    for (const size of ZOOMED) {
      await page.setViewportSize(size);
      found.push(...(await page.evaluate(faults)).map((fault) => `${what} at ${size.width} px: ${fault}`));
    }
    await page.setViewportSize({ width: 1280, height: 1024 });
  }
  assert.deepEqual(found, []);
  // What the walk shows is the text itself, on the pages where it is a name.
  await open(person, pages.find(({ route }) => route === "/devices"));
  await page.getByRole("grid").getByRole("link", { name: EVIL }).waitFor();
});

test("what the caller may not do is disabled on every page, with the permission that it takes", async (person) => {
  const { page, api } = person;
  const pages = await furnish(api);
  await page.route("**/_/caller", async (route) => {
    const response = await route.fetch();
    const caller = await response.json();
    await route.fulfill({ response, json: { ...caller, permissions: caller.permissions.filter((name) => !name.includes("ReadWrite")) } });
  });
  await person.signIn("/console/overview");
  await person.button(/^Account .+@/).waitFor();
  const found = [];
  for (const each of pages) {
    await open(person, each);
    const what = each.at ?? each.route;
    if (each.route === "/devices") await page.getByRole("checkbox", { name: "Select SN-1" }).check();
    const buttons = page.getByRole("main").getByRole("button");
    for (const button of await buttons.all()) {
      const name = (await button.getAttribute("aria-label")) ?? (await button.textContent());
      // A search box has a button that empties it.
      if (name === "clear" || each.harmless?.test(name)) continue;
      if ((await button.getAttribute("aria-disabled")) !== "true") {
        found.push(`${what}: ${name} is not disabled`);
        continue;
      }
      await page.evaluate(() => document.activeElement.blur());
      await button.focus();
      const says = page.getByRole("tooltip", { name: /^Needs the permission \w+\.ReadWrite\.All$/ });
      await says.waitFor().catch((error) => assert.fail(`${what}: ${name} does not say what it takes: ${error.message}`));
      await page.keyboard.press("Enter");
      if (await page.getByRole("dialog").count()) found.push(`${what}: ${name} opens a dialog`);
      await page.keyboard.press("Escape");
    }
  }
  assert.deepEqual(found, []);
  await page.unroute("**/_/caller");
});

/** What a narrow page loses, in the browser: the page itself scrolls sideways, something is outside of it, or is covered. What is
 * within a table or a grid scrolls with it. */
async function faults() {
  // A new size holds from the next frame.
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const found = [];
  const main = document.querySelector("main");
  if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  if (main.scrollWidth > main.clientWidth) found.push(`its content is ${main.scrollWidth} px wide`);
  const scrolls = (element) => ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  const isInScroller = (element) => {
    for (let parent = element.parentElement; parent && parent !== main; parent = parent.parentElement) if (scrolls(parent)) return true;
    return false;
  };
  const nameOf = (element) => `${element.tagName.toLowerCase()} "${(element.getAttribute("aria-label") ?? element.textContent).trim().slice(0, 60)}"`;
  for (const element of main.querySelectorAll("a, button, input, select, textarea, h1, h2, h3, label, dd, p")) {
    if (!element.checkVisibility({ visibilityProperty: true }) || isInScroller(element)) continue;
    element.scrollIntoView({ block: "center", inline: "nearest" });
    const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
    if (width < 2 || height < 2) continue;
    if (left < -1 || right > innerWidth + 1) found.push(`${nameOf(element)} is outside, from ${left} to ${right}`);
    const isCut = getComputedStyle(element).overflowX === "hidden" && element.scrollWidth > element.clientWidth + 1;
    if (isCut) found.push(`${nameOf(element)} is cut off`);
    if (!element.matches("a, button, input, select, textarea") || top < 0 || bottom > innerHeight) continue;
    const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    // A link of several lines has nothing in the middle; a switch lies under its own drawing.
    const isSame = hit && (element.contains(hit) || hit.contains(element) || element.parentElement.contains(hit));
    if (!isSame) found.push(`${nameOf(element)} is covered by ${hit ? nameOf(hit) : "nothing"}`);
  }
  return found;
}
