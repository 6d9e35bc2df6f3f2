// A chart of numbers: a bar for each, which opens the list behind it.

import { Link, type LinkProps } from "@tanstack/react-router";

import css from "./Bars.module.css";

export type Tone = "good" | "bad" | "waiting" | "neutral";

export interface Bar {
  key: string;
  label: string;
  count: number;
  /** The number in words. */
  counted: string;
  tone: Tone;
  link: LinkProps;
  isChosen?: boolean;
}

export function Bars({ bars }: { bars: Bar[] }) {
  const total = Math.max(bars.reduce((sum, { count }) => sum + count, 0), 1);
  return (
    <ul className={css.chart}>
      {bars.map(({ key, label, count, counted, tone, link, isChosen }) => (
        <li key={key}>
          <Link {...link} resetScroll={false} className={css.bar ?? ""} data-chosen={isChosen === true}>
            <span>{label}</span>{" "}
            <svg className={css.share} data-tone={tone} aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 1">
              <rect className={css.whole} width="100" height="1" />
              <rect className={css.part} width={(100 * count) / total} height="1" />
            </svg>
            <span className={css.count}>{counted}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
