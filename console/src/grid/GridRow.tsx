// A row of a grid. It is rendered anew only if something of it changes: while a list is scrolled, most rows stay as they are.

import { memo } from "react";

import { texts } from "../texts";
import type { Column } from "./column";
import css from "./Grid.module.css";

/** Low enough that a browser lays out a million of them. */
export const ROW_HEIGHT = 32;

interface GridRowProps<T> {
  index: number;
  row: T | undefined;
  columns: Column<T>[];
  template: string;
  isActive: boolean;
  /** Whether it is selected; undefined if it cannot be. */
  isSelected: boolean | undefined;
  /** What the row is called aloud. */
  name: string;
  actions: GridRowActions<T>;
}

/** What is done with rows: one object for the life of a grid. */
export interface GridRowActions<T> {
  activate: (index: number) => void;
  open: (row: T) => void;
  toggle: (row: T) => void;
}

function PlainGridRow<T>({ index, row, columns, template, isActive, isSelected, name, actions }: GridRowProps<T>) {
  return (
    <div
      id={`row-${index}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      className={css.row}
      data-active={isActive}
      style={{ gridTemplateColumns: template, height: ROW_HEIGHT, transform: `translateY(${index * ROW_HEIGHT}px)` }}
      onClick={() => actions.activate(index)}
      onDoubleClick={() => row && actions.open(row)}
    >
      {isSelected !== undefined && (
        <div role="gridcell" className={css.boxCell}>
          {row && <input type="checkbox" className={css.box} tabIndex={-1} checked={isSelected} aria-label={texts.grid.select(name)} onChange={() => actions.toggle(row)} />}
        </div>
      )}
      {columns.map((column) => (
        <div key={column.name} role="gridcell" className={css.cell}>
          {row ? column.cell(row) : <span className={css.loading} role="img" aria-label={texts.grid.loading} />}
        </div>
      ))}
    </div>
  );
}

export const GridRow = memo(PlainGridRow) as typeof PlainGridRow;
