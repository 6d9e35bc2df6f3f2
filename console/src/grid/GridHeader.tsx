// The head of a grid, which stays in sight: titles that order the rows, and the box that selects all of them.

import { ArrowDownRegular, ArrowUpRegular } from "@fluentui/react-icons";

import { texts } from "../texts";
import type { Column, Order } from "./column";
import css from "./Grid.module.css";
import { type Selection, size } from "./selection";

interface GridHeaderProps<T> {
  columns: Column<T>[];
  template: string;
  width: number;
  order: Order | null;
  onOrder: (order: Order) => void;
  selection: { value: Selection; toggleAll: () => void } | undefined;
  count: number;
}

export function GridHeader<T>({ columns, template, width, order, onOrder, selection, count }: GridHeaderProps<T>) {
  const selected = selection ? size(selection.value, count) : 0;
  const all = selected > 0 && (selected >= count ? true : "mixed");
  return (
    <div role="rowgroup" className={css.header} style={{ minWidth: width }}>
      <div role="row" aria-rowindex={1} className={css.headerRow} style={{ gridTemplateColumns: template }}>
        {selection && (
          <div role="columnheader" className={css.boxCell}>
            <input
              type="checkbox"
              className={css.box}
              checked={all === true}
              ref={(box) => {
                if (box) box.indeterminate = all === "mixed";
              }}
              aria-label={texts.grid.selectAll}
              onChange={selection.toggleAll}
            />
          </div>
        )}
        {columns.map((column) => (
          <ColumnTitle key={column.name} column={column} order={order?.name === column.name ? order : null} onOrder={onOrder} />
        ))}
      </div>
    </div>
  );
}

function ColumnTitle<T>({ column, order, onOrder }: { column: Column<T>; order: Order | null; onOrder: (order: Order) => void }) {
  if (column.isSortable === false) {
    return (
      <div role="columnheader" className={css.cell}>
        {column.title}
      </div>
    );
  }
  const direction = order ? (order.isDescending ? "descending" : "ascending") : "none";
  const next = { name: column.name, isDescending: order !== null && !order.isDescending };
  return (
    <div role="columnheader" aria-sort={direction} className={css.cell}>
      <button type="button" className={css.sort} title={texts.grid.sortBy(column.title)} onClick={() => onOrder(next)}>
        {column.title}
        {order && (order.isDescending ? <ArrowDownRegular /> : <ArrowUpRegular />)}
      </button>
    </div>
  );
}
