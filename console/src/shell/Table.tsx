// A short table, which scrolls within itself. Lists of any length are for the grid.

import type { ReactNode } from "react";

import css from "./Table.module.css";

interface TableProps {
  label: string;
  heads: string[];
  rows: { key: string; cells: ReactNode[] }[];
}

export function Table({ label, heads, rows }: TableProps) {
  return (
    <div className={css.table} tabIndex={0} role="group" aria-label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {cells.map((cell, at) => (
                <td key={heads[at]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
