// A column of a grid.

import type { ReactNode } from "react";

export interface Column<T> {
  /** The property that it shows, which is its name in a URL, too. */
  name: string;
  title: string;
  width: number;
  cell: (row: T) => ReactNode;
  isSortable?: boolean;
}

/** An order: a property, and whether it descends. */
export interface Order {
  name: string;
  isDescending: boolean;
}

export function orderOf(text: string | undefined): Order | null {
  const [name, direction] = (text ?? "").split(" ");
  return name ? { name, isDescending: direction === "desc" } : null;
}

export function orderText(order: Order): string {
  return order.isDescending ? `${order.name} desc` : order.name;
}
