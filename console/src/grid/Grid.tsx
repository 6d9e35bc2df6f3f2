// A grid that shows the rows in sight of a list of any length. One tab stop: arrows move, space selects, enter opens.

import { useRestoreFocusTarget } from "@fluentui/react-components";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import { PAGE_ROWS, type Rows } from "../graph/rows";
import type { Column, Order } from "./column";
import css from "./Grid.module.css";
import { GridHeader } from "./GridHeader";
import { GridRow, type GridRowActions, ROW_HEIGHT } from "./GridRow";
import { isSelected, type Selection } from "./selection";

const SELECT_WIDTH = 40;
/** What is only passed by is not asked for. */
const SETTLED_MILLISECONDS = 40;

export interface GridProps<T extends { id: string }> {
  label: string;
  /** The same array as long as the columns are the same. */
  columns: Column<T>[];
  rows: Rows<T>;
  order: Order | null;
  onOrder: (order: Order) => void;
  /** Told which rows are in sight. */
  onRange: (first: number, last: number) => void;
  /** What a row is called aloud. */
  nameOf: (row: T) => string;
  onOpen?: (row: T) => void;
  selection?: { value: Selection; toggle: (id: string) => void; toggleAll: () => void };
}

export function Grid<T extends { id: string }>({ label, columns, rows, order, onOrder, onRange, nameOf, onOpen, selection }: GridProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const restored = useRestoreFocusTarget();
  const [active, setActive] = useState(0);
  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    const settled = setTimeout(() => onRange(first, last), SETTLED_MILLISECONDS);
    return () => clearTimeout(settled);
    // Within a page nothing else is needed.
  }, [Math.floor(first / PAGE_ROWS), Math.floor(last / PAGE_ROWS)]);
  const actions = useActions<T>({ activate: setActive, open: (row) => onOpen?.(row), toggle: (row) => selection?.toggle(row.id) });

  const go = (to: number) => {
    const index = Math.min(Math.max(to, 0), rows.count - 1);
    setActive(index);
    virtual.scrollToIndex(index);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(items.length - 20, 10);
    const row = rows.at(active);
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(active + 1),
      ArrowUp: () => go(active - 1),
      PageDown: () => go(active + page),
      PageUp: () => go(active - page),
      Home: () => go(0),
      End: () => go(rows.count - 1),
      " ": () => row && selection?.toggle(row.id),
      Enter: () => row && onOpen?.(row),
    };
    const move = moves[event.key];
    if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  };

  const width = columns.reduce((sum, column) => sum + column.width, selection ? SELECT_WIDTH : 0);
  const template = `${selection ? `${SELECT_WIDTH}px ` : ""}${columns.map((column) => `minmax(${column.width}px, ${column.width}fr)`).join(" ")}`;
  const isInSight = active >= first && active <= last && rows.count > 0;
  return (
    <div
      {...restored}
      ref={scroller}
      className={css.grid}
      role="grid"
      aria-label={label}
      aria-rowcount={rows.isCounted ? rows.count + 1 : -1}
      aria-multiselectable={selection ? true : undefined}
      aria-activedescendant={isInSight ? `row-${active}` : undefined}
      aria-busy={rows.isLoading}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <GridHeader columns={columns} template={template} width={width} order={order} onOrder={onOrder} selection={selection} count={rows.count} />
      <div role="rowgroup" className={css.body} style={{ height: virtual.getTotalSize(), minWidth: width }}>
        {items.map(({ index }) => {
          const row = rows.at(index);
          return (
            <GridRow
              key={index}
              index={index}
              row={row}
              columns={columns}
              template={template}
              isActive={index === active}
              isSelected={selection ? row !== undefined && isSelected(selection.value, row.id) : undefined}
              name={row ? nameOf(row) : ""}
              actions={actions}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The actions as they are now, in an object that stays the same, so that it causes no row to be rendered anew. */
function useActions<T>(now: GridRowActions<T>): GridRowActions<T> {
  const latest = useRef(now);
  latest.current = now;
  const kept = useRef<GridRowActions<T>>({
    activate: (index) => latest.current.activate(index),
    open: (row) => latest.current.open(row),
    toggle: (row) => latest.current.toggle(row),
  });
  return kept.current;
}
