// Names and values, a pair a line.

import type { ReactNode } from "react";

import { texts } from "../texts";
import css from "./Facts.module.css";

export type Fact = [name: string, value: ReactNode];

export function Facts({ facts }: { facts: Fact[] }) {
  return (
    <dl className={css.facts}>
      {facts.map(([name, value]) => (
        <div key={name} className={css.fact}>
          <dt>{name}</dt>
          <dd>{value === null || value === undefined || value === "" ? texts.none : value}</dd>
        </div>
      ))}
    </dl>
  );
}
