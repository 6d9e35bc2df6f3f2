// A list without rows: why, and what to do next.

import { Subtitle2, Text } from "@fluentui/react-components";
import type { ReactNode } from "react";

import css from "./Empty.module.css";

export function Empty({ title, next, children }: { title: string; next: string; children?: ReactNode }) {
  return (
    <div className={css.empty} role="status">
      <Subtitle2 as="h2">{title}</Subtitle2>
      <Text>{next}</Text>
      {children}
    </div>
  );
}
