// Which rows are selected: some, or all that match with exceptions, as a list may have more rows than anybody holds.

export type Selection = { isAll: false; ids: ReadonlySet<string> } | { isAll: true; except: ReadonlySet<string> };

export const NOTHING: Selection = { isAll: false, ids: new Set() };
export const EVERYTHING: Selection = { isAll: true, except: new Set() };

function toggled(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return next;
}

export function toggle(selection: Selection, id: string): Selection {
  return selection.isAll ? { isAll: true, except: toggled(selection.except, id) } : { isAll: false, ids: toggled(selection.ids, id) };
}

export function isSelected(selection: Selection, id: string): boolean {
  return selection.isAll ? !selection.except.has(id) : selection.ids.has(id);
}

/** How many of `count` rows are selected. */
export function size(selection: Selection, count: number): number {
  return selection.isAll ? Math.max(count - selection.except.size, 0) : selection.ids.size;
}
